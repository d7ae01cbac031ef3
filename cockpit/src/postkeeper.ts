// The program behind the page: what it is asked, and what it answers (docs/interface.md).
//
// Nothing here goes through a shell: each word is an argument of its own.

/** The version of the interface that this page understands. */
export const VERSION = 1;

export interface ClusterStatus {
    quorum: boolean;
    maintenance: boolean;
    fencing: boolean;
}

export interface NodeStatus {
    name: string;
    state: string;
}

export interface ServerStatus {
    name: string;
    state: string;
    priority: number | null;
    in_service: boolean;
    kept_away: string[];
    failures: string | null;
}

export interface DependencyStatus {
    resource: string;
    agent: string;
    subject: string;
    state: string;
    servers: string[];
}

export interface EndpointStatus {
    service: string;
    address: string;
    answers: boolean | null;
    problem: string | null;
}

export interface FailureStatus {
    resource: string;
    server: string;
    action: string;
    when: string;
    reason: string;
    degraded: boolean;
    advice: string | null;
}

export interface HierarchyStatus {
    tag: string;
    resource: string;
    group: string | null;
    state: string;
    server: string | null;
    wanted: boolean;
    managed: boolean;
    switchback: string;
    servers: ServerStatus[];
    dependencies: DependencyStatus[];
    endpoints: EndpointStatus[];
    failures: FailureStatus[];
    remarks: string[];
    interrupted: boolean;
}

export interface StatusReport {
    version: number;
    here: string;
    cluster: ClusterStatus;
    nodes: NodeStatus[];
    /** The server that answers has Postfix where distributions install it. */
    postfix: boolean;
    /** Resources that a hierarchy could depend on. */
    resources: string[];
    hierarchies: HierarchyStatus[];
}

/** Why there is no answer; `exit` as in postkeeper(8). */
export interface Problem {
    version: number;
    event: "error";
    exit: number;
    /** The number of the message in LifeKeeper's kit, when it is one of those. */
    message: number | null;
    text: string;
    advice: string[];
    /** The field of create that it is about. */
    field: string | null;
    /** Ours, not the program's: the connection to the server is gone. */
    cut?: boolean;
}

export interface PlanEvent {
    version: number;
    event: "plan";
    title: string;
    /** What would be changed, in phases; a line each. */
    phases: string[][];
    /** What the cluster will do. */
    actions: string[];
    /** What else would stop or move: it needs --force. */
    disturbs: string[];
    notes: string[];
    empty: boolean;
    /** What create would make: the values that were not given, too. */
    subject: Record<string, string> | null;
}

export interface ProgressEvent {
    version: number;
    event: "progress";
    text: string;
}

export interface EndEvent {
    version: number;
    event: "end";
    exit: number;
    text: string;
}

export type Event = PlanEvent | ProgressEvent | EndEvent | Problem;

export interface Parameter {
    name: string;
    value: string | null;
    default: string | null;
    kind: string;
    reloadable: boolean;
    short: string;
    long: string;
}

export interface Properties {
    version: number;
    tag: string;
    resource: string;
    group: string | null;
    switchback: string;
    wanted: boolean;
    managed: boolean;
    servers: { name: string; priority: number | null; kept_away: string[] }[];
    dependencies: { resource: string; agent: string; subject: string; via: string }[];
    parameters: Parameter[];
}

export interface Check {
    section: string;
    check: string;
    level: "ok" | "warning" | "error";
    found: string;
    wanted: string;
    todo: string;
}

export interface VerifyReport {
    about: string;
    items: Check[];
}

const environ = () => [cockpit.language.startsWith("ja") ? "LANG=ja_JP.UTF-8" : "LANG=C.UTF-8"];

function spawn(words: string[]): CockpitProcess {
    // With the rights the session has: what needs more is refused by the program, in words.
    return cockpit.spawn(["postkeeper", ...words], { superuser: "try", err: "message", environ: environ() });
}

function problemOf(error: CockpitError): Problem {
    const missing = error.problem === "not-found";
    const cut = ["disconnected", "no-session", "no-cockpit", "unknown-host"].includes(error.problem ?? "");
    const text = missing
        ? cockpit.gettext("postkeeper is not installed on this server.")
        : cut
          ? cockpit.gettext("The connection to the server was cut. What has begun goes on.")
          : error.message || String(error.problem);
    const advice = missing ? [cockpit.gettext("Install the package postkeeper here, as on every server of the cluster.")] : [];
    return { version: VERSION, event: "error", exit: missing ? 127 : error.exit_status ?? 1, message: null, text, advice, field: null, cut };
}

/** Calls `read` with each line of JSON; resolves with the exit status. */
function lines(words: string[], read: (value: unknown) => void, input?: string): { done: Promise<Problem | null>; stop: () => void } {
    const process = spawn(words);
    let rest = "";
    let last: unknown = null;
    const take = (text: string) => {
        const parts = (rest + text).split("\n");
        rest = parts.pop() ?? "";
        for (const part of parts.filter(part => part.trim() !== "")) {
            last = JSON.parse(part) as unknown;
            read(last);
        }
    };
    process.stream(take);
    if (input !== undefined) {
        process.input(input);
    }
    const done = process.then(
        () => null,
        (error: CockpitError) => {
            // A problem that the program has told is not told again.
            const told = last as Partial<Event> | null;
            return told?.event === "error" || told?.event === "end" ? null : problemOf(error);
        },
    );
    return { done, stop: () => process.close("terminated") };
}

/** How often to look for what the cluster logs nothing of, in seconds: what fails is shown at once all the same. */
const SILENCE = "60";

/** Calls `read` with the status now and whenever it changes. Returns what ends that. */
export function watch(read: (answer: StatusReport | Problem) => void): () => void {
    let stopped = false;
    const current = lines(["status", "--json", "--watch", SILENCE], value => {
        if (!stopped) {
            read(value as StatusReport | Problem);
        }
    });
    void current.done.then(problem => {
        if (!stopped && problem) {
            read(problem);
        }
    });
    return () => {
        stopped = true;
        current.stop();
    };
}

/** What a verb would do. */
export async function plan(words: string[], input?: string): Promise<PlanEvent | Problem> {
    let answer: PlanEvent | Problem | null = null;
    const read = (value: unknown) => {
        const event = value as Event;
        if (event.event === "plan" || event.event === "error") {
            answer = event;
        }
    };
    const problem = await lines([...words, "--dry-run", "--format", "json"], read, input).done;
    return problem ?? answer ?? problemOf({ message: cockpit.gettext("postkeeper gave no answer."), problem: null, exit_status: 1, exit_signal: null });
}

/** Does it; `read` gets what happens on the way. Resolves with how it ended. */
export async function perform(
    words: string[],
    read: (event: ProgressEvent) => void,
    input?: string,
): Promise<EndEvent | Problem> {
    let answer: EndEvent | Problem | null = null;
    const take = (value: unknown) => {
        const event = value as Event;
        if (event.event === "progress") {
            read(event);
        } else if (event.event !== "plan") {
            answer = event;
        }
    };
    const problem = await lines([...words, "--yes", "--format", "json"], take, input).done;
    return problem ?? answer ?? problemOf({ message: cockpit.gettext("The connection ended before the answer came. What has begun goes on."), problem: null, exit_status: 1, exit_signal: null });
}

/** One JSON document. */
async function document_<T>(words: string[]): Promise<T | Problem> {
    try {
        return JSON.parse(await spawn(words)) as T;
    } catch (error) {
        const failed = error as CockpitError & { message: string };
        return problemOf(failed);
    }
}

export const show = (tag: string) => document_<Properties>(["show", tag, "--json"]);

/** The checklist: it exits with 1 when there is an error on it, and is printed all the same. */
export async function verify(words: string[]): Promise<VerifyReport[] | Problem> {
    let text = "";
    const process = spawn(["verify", ...words, "--json"]);
    process.stream(part => {
        text += part;
    });
    const failed = await process.then(() => null, (error: CockpitError) => error);
    try {
        return JSON.parse(text) as VerifyReport[];
    } catch {
        return problemOf(failed ?? { message: text, problem: null, exit_status: 1, exit_signal: null });
    }
}

export function isProblem(value: object): value is Problem {
    return "event" in value && value.event === "error";
}
