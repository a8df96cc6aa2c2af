// A table of ranks and models. A cell is a button: it opens a menu of what can be done with its
// product. Pointing at a product marks it in every column. Arrow keys move between cells.
const STEPS = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]};

function make(tag, props = {}, ...children) {
    const element = Object.assign(document.createElement(tag), props);
    element.append(...children);
    return element;
}

export default function ({data, parentElement, setTriggerValue}) {
    const root = parentElement.querySelector(".root");
    const cells = [];

    function mark(id) {
        for (const {button, cell} of cells) {
            button.parentElement.classList.toggle("same", cell.id === id);
        }
    }

    function open(button, cell) {
        const menu = make("div", {className: "actions", popover: "auto"}, make("p", {}, cell.text));
        for (const [name, label] of data.actions) {
            menu.append(make("button", {type: "button", textContent: label, onclick: () => {
                menu.hidePopover();
                setTriggerValue("action", {name, id: cell.id});
            }}));
        }
        menu.onkeydown = event => {
            const step = (STEPS[event.key] ?? [0])[0];
            const items = [...menu.querySelectorAll("button")];
            if (!step) return;
            event.preventDefault();
            const now = items.indexOf(menu.getRootNode().activeElement);
            items[(now + step + items.length) % items.length].focus();
        };
        menu.ontoggle = event => event.newState === "closed" && menu.remove();
        root.append(menu);
        menu.showPopover();
        const box = button.getBoundingClientRect();
        const left = Math.min(box.left, innerWidth - menu.offsetWidth - 8);
        const fits = box.bottom + menu.offsetHeight < innerHeight;
        menu.style.left = `${left}px`;
        menu.style.top = `${fits ? box.bottom : box.top - menu.offsetHeight}px`;
        menu.querySelector("button").focus();
    }

    function field(cell, row, column) {
        const element = make("button", {
            type: "button", className: "cell", title: cell.detail,
            textContent: `${cell.sign} ${cell.text}`.trim(), tabIndex: cells.length ? -1 : 0,
            onfocus: () => mark(cell.id), onblur: () => mark(null),
            onkeydown: event => {
                const step = STEPS[event.key];
                if (!step) return;
                event.preventDefault();
                const at = [row + step[0], column + step[1]];
                const next = cells.find(other => other.row === at[0] && other.column === at[1]);
                if (!next) return;
                element.tabIndex = -1;
                next.button.tabIndex = 0;
                next.button.focus();
            },
        });
        cells.push({button: element, cell, row, column});
        return make("td", {
            className: [cell.hit && "hit", cell.shared && "shared"].filter(Boolean).join(" "),
            onclick: () => open(element, cell),
            onmouseenter: () => mark(cell.id), onmouseleave: () => mark(null),
        }, element);
    }

    const head = make("tr", {}, make("th", {className: "rank", scope: "col", textContent: "#"}));
    for (const {label, colour, note} of data.columns) {
        const dot = make("span", {className: "dot"});
        dot.style.background = colour;
        head.append(make("th", {scope: "col"}, dot, make("b", {}, label), make("small", {}, note)));
    }
    const body = make("tbody");
    for (let row = 0; row < data.rows; row++) {
        const line = make("tr", {}, make("th", {
            className: "rank", scope: "row", textContent: row + 1,
        }));
        data.columns.forEach((column, place) => {
            if (column.message) {
                if (row === 0) line.append(make("td", {
                    className: "message", rowSpan: data.rows, textContent: column.message,
                }));
                return;
            }
            const cell = column.cells[row];
            line.append(cell ? field(cell, row, place) : make("td"));
        });
        body.append(line);
    }
    const table = make("table", {className: "matrix"});
    table.setAttribute("aria-label", data.title);
    table.append(make("thead", {}, head), body);
    table.style.fontSize = `${data.size}px`;
    table.style.setProperty("--columns", data.columns.length);
    root.replaceChildren(table);
}
