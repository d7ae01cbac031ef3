// The wizards of the kit: create, question by question, each checked as one goes on; then extend.

import { Button } from "@patternfly/react-core/dist/esm/components/Button/index";
import { Form } from "@patternfly/react-core/dist/esm/components/Form/index";
import { Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core/dist/esm/components/Modal/index";
import { useState } from "react";
import { type Answers, type Field, FieldInput, FormDialog } from "./form";
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
function questions(report: StatusReport): (Field & { option: string })[] {
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
            value: "",
            wrong: absolute,
        },
        {
            name: "tag",
            option: "--tag",
            label: _("Root tag"),
            help: _("The name of the hierarchy: letters, digits and - _ . /"),
            value: "",
            wrong: text => (/^[A-Za-z0-9_./-]+$/.test(text) ? null : _("Letters, digits and - _ . /")),
        },
    ];
}

export function CreateWizard({ report, onClose }: { report: StatusReport; onClose: () => void }) {
    const all = questions(report);
    const [at, setAt] = useState(0);
    const [answers, setAnswers] = useState<Answers>(() => Object.fromEntries(all.map(q => [q.name, q.value])));
    const [problem, setProblem] = useState<Problem | null>(null);
    const [checking, setChecking] = useState(false);
    const [extending, setExtending] = useState<string | null>(null);
    const [queue, setQueue] = useState<string | null>(null);

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
        // What has not been asked yet gets its default.
        setAnswers(now => ({
            ...now,
            queue_dir: now["queue_dir"] || known?.["queue_dir"] || "",
            tag: now["tag"] || known?.["tag"] || (now["queue_dir"] ? `postfix-on-${now["queue_dir"]}` : ""),
        }));
        setAt(at + 1);
    };
    const wrong = question.wrong?.(answers[question.name] ?? "") ?? null;
    return (
        <Modal isOpen variant="medium" aria-label={title} onClose={onClose}>
            <ModalHeader title={title} description={cockpit.format(_("Question $0 of $1"), at + 1, all.length)} />
            <ModalBody aria-live="polite">
                <Form
                    onSubmit={event => {
                        event.preventDefault();
                        if (!wrong) {
                            void goOn();
                        }
                    }}
                >
                    <FieldInput
                        field={question}
                        value={answers[question.name] ?? ""}
                        onChange={value => {
                            setProblem(null);
                            setAnswers(now => ({ ...now, [question.name]: value }));
                        }}
                    />
                </Form>
                {question.name === "tag" && queue !== null && queue !== answers["queue_dir"] && (
                    <p className="pk-text">{cockpit.format(_("The queue directory leads to $0."), queue)}</p>
                )}
                {checking && <Waiting text={_("Checking")} />}
                {problem && <ProblemAlert problem={problem} />}
            </ModalBody>
            <ModalFooter>
                <Button variant="secondary" isDisabled={at === 0 || checking} onClick={() => setAt(at - 1)}>
                    {_("Back")}
                </Button>
                <Button variant="primary" isDisabled={wrong !== null || checking} onClick={() => void goOn()}>
                    {_("Next")}
                </Button>
                <Button variant="link" onClick={onClose}>
                    {_("Cancel")}
                </Button>
            </ModalFooter>
        </Modal>
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
    const has = hierarchy.servers.map(s => s.name);
    const left = report.nodes.filter(n => !has.includes(n.name));
    const used = hierarchy.servers.map(s => s.priority);
    const free = Math.max(0, ...used.map(p => p ?? 0)) + 1;
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
                    value: target ?? left[0]?.name ?? "",
                    options: left.map(n => ({ value: n.name, label: `${n.name} (${stateWord(n.state)})` })),
                    wrong: value => (value === "" ? _("It is extended to every server already") : null),
                },
                {
                    name: "priority",
                    label: _("Priority of the target server"),
                    help: cockpit.format(
                        _("1 (highest) to 999. In use: $0. Properties changes those."),
                        hierarchy.servers.map(s => `${s.name} ${s.priority ?? "-"}`).join(", "),
                    ),
                    value: String(Math.min(free, 999)),
                    wrong: value => priorityProblem(value, used),
                },
            ]}
            words={answers => ["extend", hierarchy.tag, "--to", answers["to"] ?? "", "--priority", answers["priority"] ?? ""]}
            {...(left.length > 1 ? { next: { label: _("Next server"), go: () => setRound(round + 1) } } : {})}
            onClose={onClose}
        />
    );
}
