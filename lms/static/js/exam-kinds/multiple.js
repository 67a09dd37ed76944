/* <exam-kind-multiple>: a question of which several options may be right. Its value is
 * the sorted list of tokens chosen, or null. See <exam-runner> for what a kind has. */
class ExamKindMultiple extends HTMLElement {
  draw(slot, { clone }) {
    this.className = "exam-question__options";
    this.inputs = slot.options.map((option, index) => {
      const row = clone("option", { letter: String.fromCharCode(65 + index), text: option.text });
      const input = row.querySelector("input");
      Object.assign(input, { type: "checkbox", name: `slot-${slot.slot}`, value: option.id });
      this.append(row);
      return input;
    });
  }

  get value() {
    const chosen = this.inputs.filter((input) => input.checked);
    return chosen.length ? chosen.map((input) => input.value).sort() : null;
  }

  set value(tokens) {
    for (const input of this.inputs) input.checked = (tokens || []).includes(input.value);
  }

  isComplete(value) {
    return value !== null;
  }
}

customElements.define("exam-kind-multiple", ExamKindMultiple);
