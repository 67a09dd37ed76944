/* <exam-kind-single>: a question of which one option is right. Its value is the
 * token of the option chosen, or null. See <exam-runner> for what a kind has. */
class ExamKindSingle extends HTMLElement {
  draw(slot, { clone }) {
    this.className = "exam-question__options";
    this.inputs = slot.options.map((option, index) => {
      const row = clone("option", { letter: String.fromCharCode(65 + index), text: option.text });
      const input = row.querySelector("input");
      Object.assign(input, { type: "radio", name: `slot-${slot.slot}`, value: option.id });
      this.append(row);
      return input;
    });
  }

  get value() {
    const chosen = this.inputs.find((input) => input.checked);
    return chosen ? chosen.value : null;
  }

  set value(token) {
    for (const input of this.inputs) input.checked = input.value === token;
  }

  isComplete(value) {
    return value !== null;
  }
}

customElements.define("exam-kind-single", ExamKindSingle);
