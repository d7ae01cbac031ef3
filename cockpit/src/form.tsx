// A dialog that asks a few things, then shows the plan that follows from the answers.

import { Button } from "@patternfly/react-core/dist/esm/components/Button/index";
import { Form, FormGroup, FormHelperText } from "@patternfly/react-core/dist/esm/components/Form/index";
import { FormSelect, FormSelectOption } from "@patternfly/react-core/dist/esm/components/FormSelect/index";
import { HelperText, HelperTextItem } from "@patternfly/react-core/dist/esm/components/HelperText/index";
import { Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core/dist/esm/components/Modal/index";
import { TextInput } from "@patternfly/react-core/dist/esm/components/TextInput/index";
import { type ReactNode, useState } from "react";
import { PlanDialog } from "./plan";

const _ = cockpit.gettext;

export interface Field {
    name: string;
    label: string;
    help?: string;
    /** A choice; without it, free text. */
    options?: { value: string; label: string }[];
    /** What it is before the person chooses. */
    value: string;
    /** Why an answer cannot be taken beside the others; null when it can. */
    wrong?: (value: string, answers: Answers) => string | null;
}

export type Answers = Record<string, string>;

/** The answer to a question that has one before anybody chooses. */
export const answerOf = (field: Field, answers: Answers) => answers[field.name] ?? field.value;

/** Why the answer cannot be taken; null when it can. */
export const wrongOf = (field: Field, answers: Answers) => field.wrong?.(answerOf(field, answers), answers) ?? null;

/** Fields with their labels, their help, and what is wrong with an answer that somebody has given. */
export function Fields({
    fields,
    answers,
    onChange,
    autoFocus = false,
}: {
    fields: Field[];
    answers: Answers;
    onChange: (changed: Answers) => void;
    /** Where there is one field, whoever types goes on there. */
    autoFocus?: boolean;
}) {
    return fields.map(field => {
        const id = `pk-field-${encodeURIComponent(field.name)}`;
        const value = answerOf(field, answers);
        // Nothing is wrong with what nobody has answered yet.
        const wrong = value === "" && field.value === "" ? null : wrongOf(field, answers);
        const common = { id, value, autoFocus, "aria-describedby": `${id}-help` };
        const give = (_event: unknown, answer: string) => onChange({ ...answers, [field.name]: answer });
        return (
            <FormGroup key={field.name} label={field.label} fieldId={id}>
                {field.options ? (
                    <FormSelect {...common} onChange={give}>
                        {field.options.map(o => (
                            <FormSelectOption key={o.value} value={o.value} label={o.label} />
                        ))}
                    </FormSelect>
                ) : (
                    <TextInput {...common} validated={wrong ? "error" : "default"} onChange={give} />
                )}
                <FormHelperText>
                    <HelperText id={`${id}-help`}>
                        {wrong && <HelperTextItem variant="error">{wrong}</HelperTextItem>}
                        {field.help && <HelperTextItem>{field.help}</HelperTextItem>}
                    </HelperText>
                </FormHelperText>
            </FormGroup>
        );
    });
}

/** What a dialog offers to do, as a button. */
export interface Action {
    label: string;
    go: () => void;
    disabled?: boolean;
    /** Why nobody may. */
    denied?: string | undefined;
    /** It leads back. */
    back?: boolean;
}

interface Frame {
    title: string;
    description?: string;
    size?: "small" | "medium" | "large";
    onClose: () => void;
    /** The form. */
    children?: ReactNode;
}

/** The frame of every dialog with a form. Enter does the one thing that goes on, where there is only one. */
export function AskDialog({
    title,
    description,
    size = "small",
    actions,
    leave = _("Cancel"),
    onClose,
    children,
    below,
}: Frame & { actions: Action[]; leave?: string; /** What follows the form. */ below?: ReactNode }) {
    const onward = actions.filter(action => !action.back);
    const enter = onward.length === 1 ? onward[0] : undefined;
    return (
        <Modal isOpen variant={size} aria-label={title} onClose={onClose}>
            <ModalHeader title={title} description={description} />
            <ModalBody tabIndex={0} aria-live="polite">
                <Form
                    onSubmit={event => {
                        event.preventDefault();
                        if (enter && !enter.disabled && !enter.denied) {
                            enter.go();
                        }
                    }}
                >
                    {children}
                </Form>
                {below}
            </ModalBody>
            <ModalFooter>
                {actions.map(({ label, go, disabled = false, denied, back = false }) => (
                    <Button
                        key={label}
                        variant={back ? "secondary" : "primary"}
                        isDisabled={disabled}
                        isAriaDisabled={denied !== undefined}
                        title={denied}
                        onClick={go}
                    >
                        {label}
                    </Button>
                ))}
                <Button variant="link" onClick={onClose}>
                    {leave}
                </Button>
            </ModalFooter>
        </Modal>
    );
}

/** Asks, then shows the plan that follows from the answers. */
export function FormDialog({
    fields,
    words,
    input,
    question,
    next,
    children,
    ...frame
}: Frame & {
    fields: Field[];
    /** The command line that the answers stand for. */
    words: (answers: Answers) => string[];
    /** What it reads; there is nothing to plan without it. */
    input?: string;
    /** What is to be thought of before it is done. */
    question?: (answers: Answers) => ReactNode;
    /** What could come next when it is done. */
    next?: (answers: Answers) => { label: string; go: () => void } | undefined;
}) {
    const [given, setGiven] = useState<Answers>({});
    // Fixed from then on: what the cluster says meanwhile changes the defaults.
    const [asked, setAsked] = useState(fields.length === 0 ? words({}) : null);
    const answers = Object.fromEntries(fields.map(f => [f.name, answerOf(f, given)]));
    if (asked) {
        const before = fields.length > 0 ? () => setAsked(null) : undefined;
        return <PlanDialog {...frame} words={asked} input={input} question={question?.(given)} before={before} next={next?.(given)} />;
    }
    const disabled = input?.trim() === "" || fields.some(f => wrongOf(f, answers) !== null);
    const go = () => {
        setGiven(answers);
        setAsked(words(answers));
    };
    return (
        <AskDialog {...frame} actions={[{ label: _("Show what will be done"), go, disabled }]}>
            {children}
            <Fields fields={fields} answers={answers} onChange={setGiven} />
        </AskDialog>
    );
}
