import type { FoundEnvironment } from '../environment/index.js';
import type { StepFolder } from '../folder/step-folder.js';
import type { Launched, LaunchPlan } from '../process/launch.js';
import type { StepPaths } from '../variables.js';
import type { StepSpec } from '../step.js';

export type LevelName = 'process' | 'bubblewrap';

/** Everything a level needs to know of one step. */
export interface StepPlace {
  readonly spec: StepSpec;
  readonly folder: StepFolder;
  readonly environment: FoundEnvironment;
  /** User that the step's processes run as; null for this server's own. */
  readonly uid: number | null;
  /** Where the step finds its things. */
  readonly paths: StepPaths;
}

export interface Exit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** False when the level itself failed before the command began. */
  readonly began: boolean;
}

/** One way to put a process apart. */
export interface Level {
  readonly name: LevelName;
  /** Processes that the level itself adds to the step's. */
  readonly ownProcesses: number;
  readonly noNewPrivileges: boolean;
  /**
   * The user for a step in this environment: `own`, drawn for it alone, wherever that user could run it; else this server's, null.
   * @throws StepFailed when neither may
   */
  userFor(environment: FoundEnvironment, own: number | null): Promise<number | null>;
  /** Makes ready what the step will see; called before the folder is sealed. */
  prepare(place: StepPlace): Promise<void>;
  pathsOf(place: Omit<StepPlace, 'paths'>): StepPaths;
  /** Wraps the command, whose paths are the inner ones; as user `uid` from the start or only within. */
  wrap(
    place: StepPlace,
    command: readonly string[],
  ): Pick<LaunchPlan, 'argv' | 'uid' | 'cwd' | 'reports' | 'reads'>;
  /** Asks the step to end. */
  terminate(launched: Launched): Promise<void>;
  readExit(exit: Omit<Exit, 'began'>, report: string): Exit;
}
