"""Reads a Python script from stdin and prints what `holdfast init` wants to know, as JSON. Parses only; runs nothing of it."""

import ast
import json
import math
import sys

READS = {"read_csv", "read_table", "read_json", "read_parquet", "read_excel", "read_text", "read_bytes", "loadtxt", "genfromtxt"}
WRITES = {"to_csv", "to_json", "to_parquet", "to_excel", "write_text", "write_bytes", "savetxt", "savez", "savez_compressed", "savefig"}
SECOND = {"dump", "save"}  # joblib.dump(model, path), torch.save(model, path); np.save(path, array)
SEEDS = {"seed", "manual_seed", "set_seed", "default_rng", "RandomState", "seed_everything"}


def dotted(node):
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    parts.append(node.id if isinstance(node, ast.Name) else "()")
    return ".".join(reversed(parts))


class Facts(ast.NodeVisitor):
    def __init__(self, source):
        self.source, self.names, self.depth, self.defaults = source, {}, 0, set()
        self.out = {key: [] for key in ("flags", "constants", "reads", "writes", "imports", "seeds", "metrics")}

    def literal(self, node):
        try:
            value = ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return None
        if isinstance(value, float) and not math.isfinite(value):
            return None
        return value if isinstance(value, (bool, int, float, str)) else None

    def default(self, node):
        """The value of a flag's default; one that a constant holds is the flag's, not another knob."""
        if isinstance(node, ast.Name):
            for constant in self.out["constants"]:
                if constant["name"] == node.id:
                    self.defaults.add(node.id)
                    return constant["value"]
        return self.literal(node)

    def text(self, node):
        """A literal text: written there, a constant of the script, a flag's default, or Path(...) and / of these."""
        if node is None:
            return None
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.Name):
            return self.names.get(node.id)
        if isinstance(node, ast.Attribute):
            return self.names.get("flag:" + node.attr)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            left, right = self.text(node.left), self.text(node.right)
            return None if left is None or right is None else f"{left}/{right}"
        if isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] in ("Path", "join"):
            parts = [self.text(part) for part in node.args]
            return None if None in parts or not parts else "/".join(parts)
        return None

    def path(self, kind, node, line):
        path = self.text(node)
        if path is not None:
            self.out[kind].append({"path": path, "line": line})

    def visit_FunctionDef(self, node):
        self.depth += 1
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and dotted(decorator.func).split(".")[-1] == "option":
                self.flag(decorator, click=True)
        self.generic_visit(node)
        self.depth -= 1

    visit_AsyncFunctionDef = visit_ClassDef = visit_FunctionDef

    def visit_Import(self, node):
        self.out["imports"] += [alias.name.split(".")[0] for alias in node.names]

    def visit_ImportFrom(self, node):
        if node.level == 0 and node.module:
            self.out["imports"].append(node.module.split(".")[0])

    def visit_Assign(self, node):
        if len(node.targets) == 1:
            self.constant(node.targets[0], node.value)
        self.generic_visit(node)

    def visit_AnnAssign(self, node):
        if node.value is not None:
            self.constant(node.target, node.value)
        self.generic_visit(node)

    def constant(self, target, value):
        if self.depth or not isinstance(target, ast.Name) or target.col_offset:
            return
        found = self.literal(value)
        path = found if isinstance(found, str) else self.text(value)
        if path is not None:
            self.names[target.id] = path
        if found is None or value.lineno != value.end_lineno or value.lineno != target.lineno:
            return
        was = ast.get_source_segment(self.source, value)
        entry = {"name": target.id, "value": found, "was": was, "line": target.lineno, "float": isinstance(found, float)}
        self.out["constants"].append(entry)

    def flag(self, call, click=False):
        words = [word for word in map(self.text, call.args) if word is not None]
        if not words or len(words) != len(call.args):
            return
        given = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        flag = next((word for word in words if word.startswith("--")), words[0])
        flag, _, negative = flag.partition("/")
        name = self.text(given.get("dest")) or flag.lstrip("-").replace("-", "_")
        action = given.get("action")
        action = dotted(action).split(".")[-1] if isinstance(action, ast.Attribute) else self.text(action) or "store"
        if click and (negative or self.literal(given.get("is_flag", ast.Constant(False)))):
            action = "BooleanOptionalAction" if negative == "--no-" + flag[2:] else "store_true"
        kind = given.get("type")
        kind = kind.id if isinstance(kind, ast.Name) else dotted(kind) if kind is not None else None
        choices = given.get("choices")
        if click and isinstance(given.get("type"), ast.Call) and dotted(given["type"].func).endswith("Choice"):
            choices, kind = (given["type"].args or [None])[0], None
        try:
            choices = ast.literal_eval(choices) if choices is not None else None
        except (ValueError, TypeError, SyntaxError):
            choices = None
        value = self.default(given["default"]) if "default" in given else None
        nothing = "default" not in given or isinstance(given["default"], ast.Constant) and given["default"].value is None
        unknown = not nothing and value is None
        if action in ("store_true", "store_false") and value is None:
            value, unknown = action == "store_false", False
        if action == "BooleanOptionalAction" and value is None:
            value = False
        if isinstance(value, str):
            self.names["flag:" + name] = value
            if click:
                self.names.setdefault(name, value)
        required = self.literal(given["required"]) is True if "required" in given else not flag.startswith("-")
        self.out["flags"].append(
            {
                "name": name, "flag": flag, "action": action, "type": kind, "default": value, "line": call.lineno,
                "choices": list(choices) if isinstance(choices, (list, tuple)) else None, "computed": unknown,
                "help": self.text(given.get("help")), "required": required and value is None,
                "float": isinstance(value, float), "nargs": "nargs" in given or "multiple" in given,
            }
        )  # fmt: skip

    def visit_Call(self, node):
        name = dotted(node.func)
        last = name.split(".")[-1]
        first = node.args[0] if node.args else None
        given = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        if last == "add_argument":
            self.flag(node)
        elif last == "open":
            on_path = owner is not None and name not in ("gzip.open", "io.open", "codecs.open", "bz2.open", "lzma.open")
            place = 0 if on_path else 1
            mode = given.get("mode") or (node.args[place] if len(node.args) > place else None)
            mode = (self.text(mode) if mode is not None else "r") or ""
            self.path("writes" if set(mode) & set("wax") else "reads", owner if on_path else first or given.get("file"), node.lineno)
        elif last in ("read_text", "read_bytes"):
            self.path("reads", owner, node.lineno)
        elif last in ("write_text", "write_bytes"):
            self.path("writes", owner, node.lineno)
        elif last in READS or name in ("np.load", "numpy.load", "torch.load", "joblib.load"):
            self.path("reads", first, node.lineno)
        elif last in WRITES:
            self.path("writes", first or given.get("path_or_buf"), node.lineno)
        elif last in SECOND:
            for argument in node.args[:2]:
                self.path("writes", argument, node.lineno)
        if last in SEEDS and first is not None:
            value = self.literal(first)
            source = first.id if isinstance(first, ast.Name) else first.attr if isinstance(first, ast.Attribute) else None
            self.out["seeds"].append({"call": name, "line": node.lineno, "name": source, "value": value})
        for keyword in node.keywords:
            if keyword.arg == "random_state" and last not in SEEDS:
                source = dotted(keyword.value).split(".")[-1] if isinstance(keyword.value, (ast.Name, ast.Attribute)) else None
                entry = {"call": last + "(random_state)", "line": node.lineno, "name": source, "value": self.literal(keyword.value)}
                self.out["seeds"].append(entry)
        if name == "print":
            self.printed(node)
        self.generic_visit(node)

    def printed(self, node):
        """The texts that stand directly before a printed value."""
        before = None
        for argument in node.args:
            if isinstance(argument, ast.JoinedStr):
                for part in argument.values:
                    if isinstance(part, ast.FormattedValue) and before is not None:
                        self.out["metrics"].append(before)
                    before = part.value if isinstance(part, ast.Constant) else None
            elif isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                before = argument.value
            else:
                form = None
                if isinstance(argument, ast.BinOp) and isinstance(argument.op, ast.Mod):
                    form = self.text(argument.left)
                elif isinstance(argument, ast.Call) and isinstance(argument.func, ast.Attribute) and argument.func.attr == "format":
                    form = self.text(argument.func.value)
                if form is not None:
                    self.out["metrics"] += form.replace("{", "%").split("%")[:-1]
                elif before is not None:
                    self.out["metrics"].append(before)
                before = None


def main():
    sys.setrecursionlimit(2000)
    source = sys.stdin.buffer.read().decode("utf-8-sig")
    try:
        facts = Facts(source)
        tree = ast.parse(source)
        facts.visit(tree)
        stores = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
        constants = facts.out["constants"]
        facts.out["constants"] = [
            entry for entry in constants if stores.count(entry["name"]) == 1 and entry["name"] not in facts.defaults
        ]
        third_party = sorted(set(facts.out["imports"]) - set(getattr(sys, "stdlib_module_names", ())))
        facts.out["random"] = bool({"random", "numpy", "torch", "tensorflow"} & set(facts.out["imports"]))
        print(json.dumps({**facts.out, "imports": third_party}))
    except SyntaxError as error:
        print(json.dumps({"error": {"message": error.msg, "line": error.lineno or 1, "column": error.offset or 1}}))
    except (RecursionError, MemoryError, ValueError) as error:
        print(json.dumps({"error": {"message": str(error) or "nested too deeply", "line": 1, "column": 1}}))


main()
