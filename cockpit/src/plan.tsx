// A plan: shown as `--dry-run` has it, confirmed, done, and followed to its end.

import { Alert } from "@patternfly/react-core/dist/esm/components/Alert/index";
import { Button } from "@patternfly/react-core/dist/esm/components/Button/index";
import { Checkbox } from "@patternfly/react-core/dist/esm/components/Checkbox/index";
import { Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core/dist/esm/components/Modal/index";
import { Spinner } from "@patternfly/react-core/dist/esm/components/Spinner/index";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { type EndEvent, type PlanEvent, type Problem, isProblem, perform, plan } from "./postkeeper";

const _ = cockpit.gettext;

/** What is wrong, and what to do about it. */
export function ProblemAlert({ problem }: { problem: Problem }) {
    const title = problem.message === null ? problem.text : cockpit.format(_("Message $0: $1"), problem.message, problem.text);
    return (
        <Alert isInline variant="danger" title={title}>
            {problem.advice.map(line => (
                <p key={line} className="pk-text">
                    {line}
                </p>
            ))}
        </Alert>
    );
}

/** Texts of others, as the items of a list. */
export function TextItems({ lines }: { lines: string[] }) {
    return lines.map((line, at) => (
        <li key={at} className="pk-text">
            {line}
        </li>
    ));
}

export function TickBox({ id, label, on, set }: { id: string; label: string; on: boolean; set: (on: boolean) => void }) {
    return <Checkbox id={id} label={label} isChecked={on} onChange={(_event, on) => set(on)} />;
}

/** The plan itself. */
export function PlanView({ plan }: { plan: PlanEvent }) {
    return (
        <div className="pk-plan">
            <h3>{plan.title}</h3>
            {plan.empty && <p>{_("Nothing to change.")}</p>}
            {plan.actions.length > 0 && (
                <>
                    <p>{_("The cluster will:")}</p>
                    <ul>
                        <TextItems lines={plan.actions} />
                    </ul>
                </>
            )}
            {plan.phases.length > 0 && <p>{_("Changes to the cluster's configuration:")}</p>}
            {plan.phases.map((changes, phase) => (
                <div key={phase}>
                    {phase > 0 && <p>{_("Then, when the cluster has finished:")}</p>}
                    <ul className="pk-changes">
                        <TextItems lines={changes} />
                    </ul>
                </div>
            ))}
            {plan.notes.map(note => (
                <Alert key={note} isInline isPlain variant="info" title={note} />
            ))}
        </div>
    );
}

type State =
    | { at: "planning" }
    | { at: "planned"; plan: PlanEvent }
    | { at: "working"; plan: PlanEvent; lines: string[] }
    | { at: "done"; end: EndEvent; lines: string[] }
    | { at: "failed"; problem: Problem; lines: string[] };

/** Plans, asks, does it, and says how it ended. `before` goes back to the form that the words come from. */
export function PlanDialog({
    words,
    input,
    title,
    question,
    before,
    next,
    onClose,
}: {
    words: string[];
    input?: string | undefined;
    title: string;
    /** What is to be thought of before it is done. */
    question?: ReactNode;
    before?: (() => void) | undefined;
    /** What could come next when it is done. */
    next?: { label: string; go: () => void } | undefined;
    onClose: () => void;
}) {
    const [state, setState] = useState<State>({ at: "planning" });
    const [agreed, setAgreed] = useState(false);
    const key = JSON.stringify(words);
    const alive = useRef(true);
    useEffect(() => {
        alive.current = true;
        setState({ at: "planning" });
        void plan(words, input).then(answer => {
            if (alive.current) {
                setState(isProblem(answer) ? { at: "failed", problem: answer, lines: [] } : { at: "planned", plan: answer });
            }
        });
        return () => {
            alive.current = false;
        };
        // eslint-disable-next-line
    }, [key, input]);

    const disturbs = state.at === "planned" ? state.plan.disturbs : [];
    const doIt = async (chosen: PlanEvent) => {
        const lines: string[] = [];
        setState({ at: "working", plan: chosen, lines: [] });
        const end = await perform(
            // What was agreed to, and no more: the cluster may be another one by now.
            [...words, ...chosen.disturbs.map(action => `--allow=${action}`)],
            event => {
                lines.push(event.text);
                setState(now => (now.at === "working" ? { ...now, lines: [...lines] } : now));
            },
            input,
        );
        if (alive.current) {
            setState(isProblem(end) ? { at: "failed", problem: end, lines } : { at: "done", end, lines });
        }
    };

    return (
        <Modal isOpen variant="medium" aria-label={title} onClose={onClose}>
            <ModalHeader title={title} />
            <ModalBody tabIndex={0} aria-live="polite">
                {state.at === "planning" && <Waiting text={_("Checking, and asking the cluster what it would do")} />}
                {state.at === "planned" && (
                    <>
                        <PlanView plan={state.plan} />
                        {question}
                        {disturbs.length > 0 && (
                            <Alert isInline variant="warning" title={cockpit.format(_("This would also $0"), disturbs.join(", "))}>
                                <TickBox id="pk-agreed" label={_("Do it all the same")} on={agreed} set={setAgreed} />
                            </Alert>
                        )}
                    </>
                )}
                {state.at === "working" && (
                    <>
                        <PlanView plan={state.plan} />
                        <Waiting text={state.lines.at(-1) ?? _("The cluster does its part")} />
                        <ProgressLines lines={state.lines} />
                    </>
                )}
                {state.at === "done" && (
                    <Alert
                        isInline
                        variant={state.end.exit === 0 ? "success" : "danger"}
                        title={state.end.text.split("\n")[0] || _("Done")}
                    >
                        {state.end.text
                            .split("\n")
                            .slice(1)
                            .map((line, at) => (
                                <p key={at} className="pk-text">
                                    {line}
                                </p>
                            ))}
                    </Alert>
                )}
                {state.at === "failed" && <ProblemAlert problem={state.problem} />}
                {(state.at === "failed" || (state.at === "done" && state.end.exit !== 0)) && <ProgressLines lines={state.lines} />}
            </ModalBody>
            <ModalFooter>
                {state.at === "planned" && !state.plan.empty && (
                    <Button variant="primary" isDisabled={disturbs.length > 0 && !agreed} onClick={() => void doIt(state.plan)}>
                        {_("Do it")}
                    </Button>
                )}
                {state.at === "done" && state.end.exit === 0 && next && (
                    <Button variant="primary" onClick={next.go}>
                        {next.label}
                    </Button>
                )}
                {before && (state.at === "planned" || state.at === "failed") && (
                    <Button variant="secondary" onClick={before}>
                        {_("Back")}
                    </Button>
                )}
                <Button variant="link" onClick={onClose}>
                    {state.at === "working" ? _("Close (it goes on)") : state.at === "done" || state.at === "failed" ? _("Close") : _("Cancel")}
                </Button>
            </ModalFooter>
        </Modal>
    );
}

function ProgressLines({ lines }: { lines: string[] }) {
    if (lines.length === 0) {
        return null;
    }
    return (
        <ol className="pk-progress">
            <TextItems lines={lines} />
        </ol>
    );
}

export function Waiting({ text }: { text: string }) {
    return (
        <p className="pk-waiting" role="status">
            <Spinner size="md" aria-label={_("Under way")} /> {text}
        </p>
    );
}
