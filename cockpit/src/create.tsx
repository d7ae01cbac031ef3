// The wizards of the kit: create, question by question, each checked as one goes on; then extend.

import { Modal, ModalBody } from "@patternfly/react-core/dist/esm/components/Modal/index";
import { useState } from "react";
import { type Answers, AskDialog, type Field, Fields, FormDialog, answerOf, wrongOf } from "./form";
import { PlanDialog, ProblemAlert, Waiting } from "./plan";
import { type HierarchyStatus, type Problem, type StatusReport, isProblem, plan } from "./postkeeper";
import { stateWord, switchbackWord } from "./words";

const _ = cockpit.gettext;

/** A number from 1 to 999 that no server of the hierarchy has yet. */
export function priorityProblem(text: string, used: (number | null)[]): string | null {
    const number = Number(text);
    if (!Number.isInteger(number) || number < 1 || number > 999) {
        return _("A whole number from 1 (highest) to 999");
    }
    return used.includes(number) ? _("Another server has this priority") : null;
}

const absolute = (text: string) => (text.startsWith("/") ? null : _("An absolute path"));

/** The questions in the order of the kit; `option` is the word of the command line. */
function questions(report: StatusReport, defaults: Answers): (Field & { option: string })[] {
    return [
        {
            name: "switchback",
            option: "--switchback",
            label: _("Switchback type"),
            value: "intelligent",
            options: [
                { value: "intelligent", label: _("intelligent: after a failover it stays where it is") },
                { value: "automatic", label: _("automatic: it returns to the server of highest priority") },
            ],
        },
        {
            name: "server",
            option: "--server",
            label: _("Server"),
            help: _("Where it is in service first. Its addresses and file systems are in service there."),
            value: report.here,
            options: report.nodes.map(n => ({ value: n.name, label: `${n.name} (${stateWord(n.state)})` })),
        },
        {
            name: "binary_dir",
            option: "--binary-dir",
            label: _("Directory of the Postfix commands"),
            help: _("Where postfix and postconf are."),
            value: "/usr/sbin",
            wrong: absolute,
        },
        {
            name: "config_dir",
            option: "--config-dir",
            label: _("Configuration directory"),
            help: _("Where main.cf and master.cf are."),
            value: "/etc/postfix",
            wrong: absolute,
        },
        {
            name: "queue_dir",
            option: "--queue-dir",
            label: _("Queue directory"),
            help: _("On a file system that every server can mount. A symbolic link is followed."),
            value: defaults["queue_dir"] ?? "",
            wrong: absolute,
        },
        {
            name: "tag",
            option: "--tag",
            label: _("Root tag"),
            help: _("The name of the hierarchy: letters, digits and - _ . /"),
            value: defaults["tag"] ?? "",
            wrong: text => (/^[A-Za-z0-9_./-]+$/.test(text) ? null : _("Letters, digits and - _ . /")),
        },
    ];
}

export function CreateWizard({ report, onClose }: { report: StatusReport; onClose: () => void }) {
    // What the program proposes for the answers so far.
    const [defaults, setDefaults] = useState<Answers>({});
    const all = questions(report, defaults);
    const [at, setAt] = useState(0);
    const [given, setGiven] = useState<Answers>({});
    const [problem, setProblem] = useState<Problem | null>(null);
    const [checking, setChecking] = useState(false);
    const [extending, setExtending] = useState<string | null>(null);
    const [queue, setQueue] = useState<string | null>(null);

    const answers: Answers = Object.fromEntries(all.map(q => [q.name, answerOf(q, given)]));
    const words = (upTo: number) => ["create", ...all.slice(0, upTo).flatMap(q => (answers[q.name] ? [q.option, answers[q.name] ?? ""] : []))];
    const question = all[at];
    const title = _("Create hierarchy");

    if (extending !== null) {
        const made = report.hierarchies.find(h => h.tag === extending);
        return made ? <ExtendDialog hierarchy={made} report={report} onClose={onClose} /> : <Preparing onClose={onClose} />;
    }
    if (!question) {
        const tag = answers["tag"] ?? "";
        return (
            <PlanDialog
                title={title}
                words={words(all.length)}
                before={() => setAt(all.length - 1)}
                next={{ label: _("Extend it to another server"), go: () => setExtending(tag) }}
                question={<p>{_("It is in service on one server until it is extended: only then is it protected.")}</p>}
                onClose={onClose}
            />
        );
    }

    /** Asks the program about everything so far; only what this question or an earlier one is about keeps the person here. */
    const goOn = async () => {
        setChecking(true);
        const answer = await plan(words(at + 1));
        setChecking(false);
        const known = isProblem(answer) ? null : answer.subject;
        const here = all.slice(0, at + 1).some(q => isProblem(answer) && answer.field === q.name);
        if (isProblem(answer) && here) {
            setProblem(answer);
            return;
        }
        setProblem(null);
        setQueue(known?.["queue"] ?? null);
        // What has not been asked yet, or is left as proposed, follows the answers so far.
        const asked: Answers = Object.fromEntries(all.slice(0, at + 1).map(q => [q.name, answers[q.name] ?? ""]));
        const queue_dir = known?.["queue_dir"] ?? asked["queue_dir"] ?? "";
        setDefaults({ queue_dir, tag: known?.["tag"] ?? asked["tag"] ?? (queue_dir && `postfix-on-${queue_dir}`) });
        setAt(at + 1);
    };
    return (
        <AskDialog
            title={title}
            description={cockpit.format(_("Question $0 of $1"), at + 1, all.length)}
            size="medium"
            actions={[
                { label: _("Back"), go: () => setAt(at - 1), disabled: at === 0 || checking, back: true },
                { label: _("Next"), go: () => void goOn(), disabled: checking || wrongOf(question, given) !== null },
            ]}
            onClose={onClose}
            below={
                <>
                    {question.name === "tag" && queue !== null && queue !== answers["queue_dir"] && (
                        <p className="pk-text">{cockpit.format(_("The queue directory leads to $0."), queue)}</p>
                    )}
                    {checking && <Waiting text={_("Checking")} />}
                    {problem && <ProblemAlert problem={problem} />}
                </>
            }
        >
            <Fields
                fields={[question]}
                autoFocus
                answers={given}
                onChange={changed => {
                    setProblem(null);
                    setGiven(changed);
                }}
            />
        </AskDialog>
    );
}

function Preparing({ onClose }: { onClose: () => void }) {
    return (
        <Modal isOpen variant="small" aria-label={_("Extend hierarchy")} onClose={onClose}>
            <ModalBody>
                <Waiting text={_("Waiting for the new hierarchy to show up")} />
            </ModalBody>
        </Modal>
    );
}

/** extend: template server and tag for information, target server and its priority; then once more, for the next server. */
export function ExtendDialog({
    hierarchy,
    report,
    target,
    onClose,
}: {
    hierarchy: HierarchyStatus;
    report: StatusReport;
    target?: string;
    onClose: () => void;
}) {
    const [round, setRound] = useState(0);
    const { servers } = hierarchy;
    const left = report.nodes.filter(n => !servers.some(s => s.name === n.name));
    const used = servers.map(s => s.priority);
    // What its one server has can be changed by the way.
    const only = servers.length === 1 ? servers[0] : undefined;
    const range = _("1 (highest) to 999");
    const template: Field = {
        name: "template",
        label: _("Priority of the template server"),
        help: range,
        value: String(only?.priority ?? 1),
        wrong: value => priorityProblem(value, []),
    };
    const taken = (answers: Answers) => (only ? [Number(answerOf(template, answers))] : used);
    return (
        <FormDialog
            key={round}
            title={cockpit.format(_("Extend $0"), hierarchy.tag)}
            fields={[
                {
                    name: "to",
                    label: _("Target server"),
                    help: cockpit.format(
                        _("Template server: $0. Switchback type: $1. The root tag there is the same: $2."),
                        hierarchy.server ?? _("none: it is not in service"),
                        switchbackWord(hierarchy.switchback),
                        hierarchy.tag,
                    ),
                    value: (left.find(n => n.name === target) ?? left[0])?.name ?? "",
                    options: left.map(n => ({ value: n.name, label: `${n.name} (${stateWord(n.state)})` })),
                    wrong: value => (value === "" ? _("It is extended to every server already") : null),
                },
                ...(only ? [template] : []),
                {
                    name: "priority",
                    label: _("Priority of the target server"),
                    help: only
                        ? range
                        : cockpit.format(
                              _("1 (highest) to 999. In use: $0. Properties changes those."),
                              servers.map(s => `${s.name} ${s.priority ?? "-"}`).join(", "),
                          ),
                    value: String(Math.min(Math.max(0, ...used.map(p => p ?? 0)) + 1, 999)),
                    wrong: (value, answers) => priorityProblem(value, taken(answers)),
                },
            ]}
            words={answers => [
                ...["extend", hierarchy.tag, "--to", answers["to"] ?? "", "--priority", answers["priority"] ?? ""],
                ...(only ? ["--template-priority", answers["template"] ?? ""] : []),
            ]}
            // The status may have the new server already, or not yet.
            next={({ to }) => (left.some(n => n.name !== to) ? { label: _("Next server"), go: () => setRound(round + 1) } : undefined)}
            onClose={onClose}
        />
    );
}
