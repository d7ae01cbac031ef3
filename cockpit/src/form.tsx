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
    /** Why an answer cannot be taken; null when it can. */
    wrong?: (value: string) => string | null;
}

export type Answers = Record<string, string>;

/** One field with its label, its help and what is wrong with it. */
export function FieldInput({ field, value, error, onChange }: { field: Field; value: string; error?: string | null; onChange: (value: string) => void }) {
    const id = `pk-field-${field.name}`;
    const wrong = error ?? (value === field.value ? null : field.wrong?.(value) ?? null);
    return (
        <FormGroup label={field.label} fieldId={id}>
            {field.options ? (
                <FormSelect id={id} value={value} aria-describedby={`${id}-help`} onChange={(_event, chosen) => onChange(chosen)}>
                    {field.options.map(o => (
                        <FormSelectOption key={o.value} value={o.value} label={o.label} />
                    ))}
                </FormSelect>
            ) : (
                <TextInput
                    id={id}
                    value={value}
                    aria-describedby={`${id}-help`}
                    validated={wrong ? "error" : "default"}
                    onChange={(_event, text) => onChange(text)}
                />
            )}
            <FormHelperText>
                <HelperText id={`${id}-help`}>
                    {wrong && <HelperTextItem variant="error">{wrong}</HelperTextItem>}
                    {field.help && <HelperTextItem>{field.help}</HelperTextItem>}
                </HelperText>
            </FormHelperText>
        </FormGroup>
    );
}

export function FormDialog({
    title,
    fields,
    words,
    question,
    next,
    onClose,
}: {
    title: string;
    fields: Field[];
    /** The command line that the answers stand for. */
    words: (answers: Answers) => string[];
    /** What is to be thought of before it is done. */
    question?: (answers: Answers) => ReactNode;
    next?: { label: string; go: () => void };
    onClose: () => void;
}) {
    const [answers, setAnswers] = useState<Answers>(() => Object.fromEntries(fields.map(f => [f.name, f.value])));
    const [asked, setAsked] = useState(fields.length === 0);
    if (asked) {
        return (
            <PlanDialog
                title={title}
                words={words(answers)}
                question={question?.(answers)}
                onClose={onClose}
                {...(next ? { next } : {})}
                {...(fields.length > 0 ? { before: () => setAsked(false) } : {})}
            />
        );
    }
    const isWrong = fields.some(f => f.wrong?.(answers[f.name] ?? "") != null);
    return (
        <Modal isOpen variant="small" aria-label={title} onClose={onClose}>
            <ModalHeader title={title} />
            <ModalBody>
                <Form
                    onSubmit={event => {
                        event.preventDefault();
                        setAsked(!isWrong);
                    }}
                >
                    {fields.map(field => (
                        <FieldInput
                            key={field.name}
                            field={field}
                            value={answers[field.name] ?? ""}
                            onChange={value => setAnswers(now => ({ ...now, [field.name]: value }))}
                        />
                    ))}
                </Form>
            </ModalBody>
            <ModalFooter>
                <Button variant="primary" isDisabled={isWrong} onClick={() => setAsked(true)}>
                    {_("Show what will be done")}
                </Button>
                <Button variant="link" onClick={onClose}>
                    {_("Cancel")}
                </Button>
            </ModalFooter>
        </Modal>
    );
}
