import type { Words } from './words.js';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** A completion script that asks nobody: it starts neither a server nor Node. */
export const completionScript = (shell: Shell, words: Words): string => write[shell](words);

const write: Readonly<Record<Shell, (words: Words) => string>> = {
  bash: ({ first, second, options }) =>
    `# holdfast completion for bash: source <(holdfast completion bash)
_holdfast() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" verb="\${COMP_WORDS[1]}" key
  case "$prev" in
    -o|--format) COMPREPLY=($(compgen -W "table wide json jsonl yaml" -- "$cur")); return ;;
  esac
  if [[ $COMP_CWORD -eq 1 ]]; then COMPREPLY=($(compgen -W "${names(first)}" -- "$cur")); return; fi
  key="$verb"
  case "$verb" in
${Object.entries(second)
  .map(
    ([group, words]) =>
      `    ${group}) if [[ $COMP_CWORD -eq 2 ]]; then COMPREPLY=($(compgen -W "${names(words)}" -- "$cur")); return; fi; key="$verb \${COMP_WORDS[2]}" ;;`,
  )
  .join('\n')}
  esac
  if [[ "$cur" == -* ]]; then
    case "$key" in
${Object.entries(options)
  .map(([verb, flags]) => `      "${verb}") COMPREPLY=($(compgen -W "${names(flags)}" -- "$cur")) ;;`)
  .join('\n')}
    esac
    return
  fi
  COMPREPLY=($(compgen -f -- "$cur"))
}
complete -o filenames -F _holdfast holdfast`,

  zsh: ({ first, second, options }) =>
    `#compdef holdfast
# holdfast completion for zsh: source <(holdfast completion zsh)
_holdfast() {
  local verb="\${words[2]}" key
  if (( CURRENT == 2 )); then
    local -a verbs=(${described(first)})
    _describe 'verb' verbs; return
  fi
  key="$verb"
  case "$verb" in
${Object.entries(second)
  .map(
    ([group, words]) =>
      `    ${group}) if (( CURRENT == 3 )); then local -a verbs=(${described(words)}); _describe 'verb' verbs; return; fi; key="$verb \${words[3]}" ;;`,
  )
  .join('\n')}
  esac
  if [[ "\${words[CURRENT]}" == -* ]]; then
    local -a flags
    case "$key" in
${Object.entries(options)
  .map(([verb, flags]) => `      "${verb}") flags=(${described(flags)}) ;;`)
  .join('\n')}
    esac
    _describe 'option' flags; return
  fi
  _files
}
compdef _holdfast holdfast`,

  fish: ({ first, second, options }) =>
    [
      '# holdfast completion for fish: holdfast completion fish | source',
      ...first.map(
        ([word, summary]) =>
          `complete -c holdfast -n __fish_use_subcommand -f -a ${word} -d ${quoted(summary)}`,
      ),
      ...Object.entries(second).flatMap(([group, words]) =>
        words.map(
          ([word, summary]) =>
            `complete -c holdfast -n '__fish_seen_subcommand_from ${group}' -f -a ${word} -d ${quoted(summary)}`,
        ),
      ),
      ...Object.entries(options).flatMap(([verb, flags]) =>
        flags.map(
          ([flag, summary]) =>
            `complete -c holdfast -n '${verb
              .split(' ')
              .map((word) => `__fish_seen_subcommand_from ${word}`)
              .join('; and ')}' -l ${flag.slice(2)} -d ${quoted(summary)}`,
        ),
      ),
    ].join('\n'),
};

type Pairs = Words['first'];
const names = (pairs: Pairs): string => pairs.map(([word]) => word).join(' ');
const quoted = (text: string): string => `'${text.replaceAll("'", '’')}'`;
const described = (pairs: Pairs): string =>
  pairs.map(([word, summary]) => quoted(`${word}:${summary.replaceAll(':', ' ')}`)).join(' ');
