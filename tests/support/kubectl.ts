/** A command of a page, as far as it says which objects it wants. */
export interface Command {
    /** As it stands in the page. */
    text: string;
    /** Undefined: of every namespace, or of those that have none. */
    namespace: string | undefined;
    /** By their kind, in the singular, and name; those that a reader fills in (`<pod>`) are left out. */
    objects: { kind: string; name: string }[];
    /** Kinds of what a selector chooses. */
    kinds: string[];
    selector: Record<string, string> | undefined;
    container: string | undefined;
    /** Remote port of a port-forward. */
    port: number | undefined;
}

const kinds: Readonly<Record<string, string>> = {
    deploy: "deployment",
    ds: "daemonset",
    po: "pod",
    pvc: "persistentvolumeclaim",
    sts: "statefulset",
    svc: "service",
};

const kindOf = (written: string) => kinds[written] ?? written.replace(/(?<![su])s$/, "");

/** Flags that take the next word. */
const valued = [
    ...["-n", "--namespace", "-l", "--selector", "-L", "-c", "--container", "-o", "--output", "-p", "--patch"],
    ...["--field-selector", "--raw"],
];

/** Commands of several words, after which come kinds or objects. */
const verbs = ["rollout undo", "rollout restart", "rollout status"];

/** Verbs whose first argument is a pod, or `<kind>/<name>`. */
const ofPods = ["logs", "exec", "port-forward"];

/** Verbs whose arguments aren't objects that are there already. */
const others = ["top", "certificate", "create", "api-resources", "version"];

const filledIn = (name: string) => /[<>$.*]|^\.\.\./.test(name);

function objectsOf(verb: string, words: readonly string[]): Pick<Command, "objects" | "kinds"> {
    const pairs = words.filter((word) => /^[a-z.]+\/\S/.test(word));
    const named = pairs.map((word) => {
        const [kind = "", name = ""] = word.split("/");
        return { kind: kindOf(kind), name };
    });
    const [first = "", ...rest] = words.filter((word) => !pairs.includes(word));
    if (ofPods.includes(verb)) {
        const pod = pairs.length === 0 && first !== "" ? [{ kind: "pod", name: first }] : [];
        return { objects: [...named, ...pod], kinds: ["pod"] };
    }
    const all = first === "" ? [] : first.split(",").map(kindOf);
    return { objects: [...named, ...all.flatMap((kind) => rest.map((name) => ({ kind, name })))], kinds: all };
}

/**
 * Reads a command.
 *
 * @throws Error for a flag that this doesn't know: it might take the next word, or not
 */
export function commandOf(text: string): Command {
    const [, ...words] = (text.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? []).map((word) => word.replace(/['"]/g, ""));
    const flags: Record<string, string> = {};
    const args: string[] = [];
    for (let index = 0; index < words.length && words[index] !== "--"; index++) {
        const word = words[index] ?? "";
        if (!word.startsWith("-")) {
            args.push(word);
        } else if (valued.includes(word)) {
            flags[word] = words[++index] ?? "";
        } else if (
            /^-[Aif]$|^--(all-containers|all-namespaces|previous|show-labels|no-headers|watch)$|^--[a-z-]+=/.test(word)
        ) {
            const [name = "", value = ""] = word.split(/=(.*)/s);
            flags[name] = value;
        } else {
            throw new Error(`flag ${word} of "${text}" isn't known here: add it`);
        }
    }
    const two = args.slice(0, 2).join(" ");
    const [verb = "", rest] = verbs.includes(two) ? [two, args.slice(2)] : [args[0], args.slice(1)];
    const { objects, kinds: chosen } =
        others.includes(verb) || "--raw" in flags ? { objects: [], kinds: [] } : objectsOf(verb, rest);
    const forwarded = verb === "port-forward" ? rest.at(-1)?.split(":").at(-1) : undefined;
    const namespace = flags["-n"] ?? flags["--namespace"];
    const selector = flags["-l"] ?? flags["--selector"];
    return {
        text,
        namespace,
        // A forwarded port follows its object.
        objects: objects.filter(({ name }) => !filledIn(name) && !/^[\d:]+$/.test(name)),
        kinds: chosen,
        selector:
            selector === undefined
                ? undefined
                : Object.fromEntries(selector.split(",").map((pair) => pair.split(/==?/) as [string, string])),
        container: flags["-c"] ?? flags["--container"],
        port: forwarded === undefined || filledIn(forwarded) ? undefined : Number(forwarded),
    };
}

/** Every command of a page that begins with `kubectl`: those of its shell blocks and those within a line. */
export function commandsOf(page: string): Command[] {
    const shell = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => text.replace(/\\\n\s*/g, " "));
    const prose = page.replace(/^```\w*\n[\s\S]*?^```$/gm, "");
    // A table's cell can't hold a bare bar.
    const inline = [...prose.matchAll(/`([^`\n]*)`/g)].map(([, text = ""]) => text.replaceAll("\\|", "|"));
    return [...shell.flatMap((text) => text.split("\n")), ...inline]
        .flatMap((line) => line.match(/(?:'[^']*'|"[^"]*"|[^'"|;#&()]|\$\(|(?<=\S)#)+/g) ?? [])
        .map((part) => /\bkubectl\s.*/s.exec(part)?.[0].trim())
        .filter((text) => text !== undefined && text !== "kubectl")
        .map((text) => commandOf(text ?? ""));
}
