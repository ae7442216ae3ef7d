import type { RunPredictions } from '../../record/prediction-file.ts';

/** How well a class is recognized. */
export interface ClassAccuracy {
  readonly name: string;
  /** Pictures of the class. */
  readonly pictures: number;
  readonly correct: number;
  /** null if there is no picture of the class */
  readonly accuracy: number | null;
  /** The other class that most of its pictures are taken for, the first of equal ones; null if none are. */
  readonly mostly: { readonly name: string; readonly pictures: number } | null;
}

/** A class whose pictures are taken for another. */
export interface ConfusedPair {
  readonly label: string;
  readonly predicted: string;
  readonly pictures: number;
  /** Share of the label's pictures. */
  readonly share: number;
}

type Counts = Pick<RunPredictions, 'classes' | 'confusion'>;

/** Accuracy of each class, the lowest first. Of equal ones the earlier class comes first; those without pictures last. */
export function classAccuracies({ classes, confusion }: Counts): ClassAccuracy[] {
  const all = classes.map((name, label): ClassAccuracy => {
    const row = confusion[label] as number[];
    const pictures = sum(row);
    const correct = row[label] as number;
    const others = row.with(label, 0);
    const most = Math.max(...others);
    const mostly = most === 0 ? null : { name: classes[others.indexOf(most)] as string, pictures: most };
    return { name, pictures, correct, accuracy: pictures === 0 ? null : correct / pictures, mostly };
  });
  return all.toSorted((a, b) => (a.accuracy ?? 2) - (b.accuracy ?? 2)); // an accuracy is at most 1
}

/** Pairs of classes by the number of pictures of the one that are taken for the other, the largest first. */
export function confusedPairs({ classes, confusion }: Counts): ConfusedPair[] {
  const pairs = confusion.flatMap((row, i) => {
    const all = sum(row);
    return row.flatMap((pictures, j) => {
      if (i === j || pictures === 0) return [];
      return [{ label: classes[i] as string, predicted: classes[j] as string, pictures, share: pictures / all }];
    });
  });
  return pairs.toSorted((a, b) => b.pictures - a.pictures);
}

function sum(row: readonly number[]): number {
  return row.reduce((total, pictures) => total + pictures, 0);
}
