// Import: what lcdstatus printed on a server of LifeKeeper, from a file of the person's own.

import { Button } from "@patternfly/react-core/dist/esm/components/Button/index";
import { FileUpload } from "@patternfly/react-core/dist/esm/components/FileUpload/index";
import { Form, FormGroup } from "@patternfly/react-core/dist/esm/components/Form/index";
import { Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core/dist/esm/components/Modal/index";
import { useState } from "react";
import { type Answers, type Field, FieldInput } from "./form";
import { PlanDialog } from "./plan";
import { switchbackWord } from "./words";

const _ = cockpit.gettext;

export function ImportDialog({ onClose }: { onClose: () => void }) {
    const [text, setText] = useState("");
    const [name, setName] = useState("");
    const [answers, setAnswers] = useState<Answers>({ switchback: "intelligent", more: "" });
    const [asked, setAsked] = useState(false);
    const title = _("Import from LifeKeeper");
    const fields: Field[] = [
        {
            name: "switchback",
            label: _("Switchback type"),
            help: _("lcdstatus does not show it: look it up in LifeKeeper's properties of the resource."),
            value: "intelligent",
            options: ["intelligent", "automatic"].map(value => ({ value, label: switchbackWord(value) })),
        },
        {
            name: "more",
            label: _("Further options"),
            help: _("What a check asks for, such as --device /srv/mail=/dev/vg/mail,xfs; words are separated by blanks."),
            value: "",
        },
    ];
    if (asked) {
        const more = (answers["more"] ?? "").split(/\s+/).filter(word => word !== "");
        return (
            <PlanDialog
                title={title}
                words={["import", "-", "--switchback", answers["switchback"] ?? "", ...more]}
                input={text}
                before={() => setAsked(false)}
                onClose={onClose}
            />
        );
    }
    return (
        <Modal isOpen variant="medium" aria-label={title} onClose={onClose}>
            <ModalHeader title={title} description={_("Everything is made unmanaged: the cluster touches nothing until it is told to.")} />
            <ModalBody>
                <Form>
                    <FormGroup label={_("Output of lcdstatus -q")} fieldId="pk-import">
                        <FileUpload
                            id="pk-import"
                            type="text"
                            value={text}
                            filename={name}
                            filenamePlaceholder={_("Choose a file, or drop it here")}
                            browseButtonText={_("Choose …")}
                            clearButtonText={_("Clear")}
                            onFileInputChange={(_event, file) => setName(file.name)}
                            onDataChange={(_event, data) => setText(data)}
                            onTextChange={(_event, data) => setText(data)}
                            onClearClick={() => {
                                setText("");
                                setName("");
                            }}
                            aria-label={_("Output of lcdstatus -q")}
                        />
                    </FormGroup>
                    {fields.map(f => (
                        <FieldInput
                            key={f.name}
                            field={f}
                            value={answers[f.name] ?? ""}
                            onChange={value => setAnswers(now => ({ ...now, [f.name]: value }))}
                        />
                    ))}
                </Form>
            </ModalBody>
            <ModalFooter>
                <Button variant="primary" isDisabled={text.trim() === ""} onClick={() => setAsked(true)}>
                    {_("Show what will be done")}
                </Button>
                <Button variant="link" onClick={onClose}>
                    {_("Cancel")}
                </Button>
            </ModalFooter>
        </Modal>
    );
}
