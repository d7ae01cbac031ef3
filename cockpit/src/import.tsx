// Import: what lcdstatus printed on a server of LifeKeeper, from a file of the person's own.

import { FileUpload } from "@patternfly/react-core/dist/esm/components/FileUpload/index";
import { FormGroup } from "@patternfly/react-core/dist/esm/components/Form/index";
import { useState } from "react";
import { FormDialog } from "./form";
import { switchbackWord } from "./words";

const _ = cockpit.gettext;

export function ImportDialog({ onClose }: { onClose: () => void }) {
    const [text, setText] = useState("");
    const [name, setName] = useState("");
    return (
        <FormDialog
            title={_("Import from LifeKeeper")}
            description={_("Everything is created unmanaged: the cluster does not touch it until you manage it.")}
            size="medium"
            fields={[
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
            ]}
            words={answers => ["import", "-", "--switchback", answers["switchback"] ?? "", ...(answers["more"]?.match(/\S+/g) ?? [])]}
            input={text}
            onClose={onClose}
        >
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
        </FormDialog>
    );
}
