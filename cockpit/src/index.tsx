// Where the page begins: theme, language, and the application.

import "@patternfly/react-core/dist/styles/base.css";
import "./style.css";

import { createRoot } from "react-dom/client";
import { Application } from "./app";

// Cockpit keeps the choice of the user: auto, light or dark.
const STYLE = "shell:style";

function applyTheme() {
    const style = localStorage.getItem(STYLE) ?? "auto";
    const dark = style === "dark" || (style === "auto" && window.matchMedia("(prefers-color-scheme: dark)").matches);
    document.documentElement.classList.toggle("pf-v6-theme-dark", dark);
}

window.addEventListener("storage", event => {
    if (event.key === STYLE) {
        applyTheme();
    }
});
window.addEventListener("cockpit-style", applyTheme);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", applyTheme);
applyTheme();

const language = cockpit.language.replace("_", "-").toLowerCase();
document.documentElement.lang = language.startsWith("ja") ? "ja" : "en";
document.title = cockpit.gettext("Postfix hierarchies");

const place = document.getElementById("page");
if (place) {
    createRoot(place).render(<Application />);
}
