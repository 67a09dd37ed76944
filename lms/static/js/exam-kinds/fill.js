/* <exam-kind-fill>: a sentence with blanks, marked ___ in the stem. Its value is the
 * list of texts in the order of the blanks, or null where all are empty.
 * See <exam-runner> for what a kind has. */
class ExamKindFill extends HTMLElement {
  draw(slot, { clone, stem }) {
    this.className = "exam-question__blanks stack";
    const [first, ...rest] = slot.stem.split(/_{3,}/);
    stem.textContent = first;
    this.inputs = rest.map((words, index) => {
      stem.append(" ", clone("blank-mark", { n: index + 1 }), " ", words);
      const row = clone("blank", { n: index + 1 });
      const input = row.querySelector("input");
      input.name = `slot-${slot.slot}`;
      this.append(row);
      return input;
    });
  }

  get value() {
    const texts = this.inputs.map((input) => input.value.trim());
    return texts.some(Boolean) ? texts : null;
  }

  /* Values have no spaces around them: leave the text of somebody who is typing. */
  set value(texts) {
    this.inputs.forEach((input, index) => {
      const text = (texts || [])[index] || "";
      if (input.value.trim() !== text) input.value = text;
    });
  }

  isComplete(value) {
    return value !== null && value.every(Boolean);
  }
}

customElements.define("exam-kind-fill", ExamKindFill);
