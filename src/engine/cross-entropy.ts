/** Losses of a mini-batch's logits against its labels. */
export interface Classification {
  /** Mean cross-entropy, in nats. */
  readonly loss: number;
  /** Cross-entropy of every example, `[batch]`. */
  readonly perExample: Float32Array;
  /** Examples whose largest logit is the label's (of equal ones the first counts). */
  readonly correct: number;
}

/**
 * Cross-entropy of softmax(logits) against labels, and how many are right (paper, the loss L of eq. 11 and 12).
 * Carried in float64, so that losses of nearly equal candidates keep their order.
 *
 * @param logits `[batch, classes]`
 * @param labels `[batch]`
 */
export function classify(logits: Float32Array, labels: Uint16Array): Classification {
  const classes = logits.length / labels.length;
  const perExample = new Float32Array(labels.length);
  let sum = 0;
  let correct = 0;
  for (const [example, label] of labels.entries()) {
    const row = logits.subarray(example * classes, (example + 1) * classes);
    const largest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const total = row.reduce((acc, logit) => acc + Math.exp(logit - largest), 0);
    const loss = Math.log(total) + largest - (row[label] as number);
    perExample[example] = loss;
    sum += loss;
    if (row.indexOf(largest) === label) correct++;
  }
  return { loss: sum / labels.length, perExample, correct };
}

/**
 * Gradient of the mean cross-entropy in the logits: (softmax - one-hot) / batch.
 *
 * @param logits `[batch, classes]`
 */
export function crossEntropyGradient(logits: Float32Array, labels: Uint16Array): Float32Array {
  const classes = logits.length / labels.length;
  const gradient = new Float32Array(logits.length);
  for (const [example, label] of labels.entries()) {
    const row = logits.subarray(example * classes, (example + 1) * classes);
    const largest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const total = row.reduce((acc, logit) => acc + Math.exp(logit - largest), 0);
    for (const [k, logit] of row.entries()) {
      const probability = Math.exp(logit - largest) / total;
      gradient[example * classes + k] = (probability - Number(k === label)) / labels.length;
    }
  }
  return gradient;
}
