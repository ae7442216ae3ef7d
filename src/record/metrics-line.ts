import type { CellKind } from '../space/cell.ts';
import type { Genotype } from '../space/genotype.ts';

/** The supernet process at the end of an epoch. */
export interface SupernetHealth {
  /** Bytes that the engine holds, and tensors, where it counts them. */
  readonly bytes: number;
  readonly tensors: number;
  /** Calls answered since the start. */
  readonly calls: number;
  /** Calls of `losses` that were evaluated together with another one. */
  readonly coalesced: number;
  /** Milliseconds the engine spent on steps: `weightsStep`, `mixingGradient` and `losses`. */
  readonly busyMs: number;
}

/** Mean mixing weight of each cell, before discretization and after it (what is not kept counts 0). */
export type MeanMixing = { readonly [moment in 'before' | 'after']: { readonly [kind in CellKind]: number } };

/** A line of `metrics.jsonl`, whatever the job. */
interface EpochLine {
  readonly event: 'epoch';
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  /** Means over the epoch's weights steps, in training mode. */
  readonly weights: { readonly loss: number; readonly accuracy: number; readonly gradientNorm: number };
  readonly pool: { readonly utilization: number; readonly queueWaitMs: number; readonly deaths: number };
  readonly supernet: SupernetHealth;
  /** Wall-clock seconds of its steps, and the share of them that was not spent inside the engine. */
  readonly seconds: number;
  readonly overhead: number;
}

/** Of a search. */
export interface SearchEpochLine extends EpochLine {
  readonly concentration: number;
  /** The epoch's steps on alpha: mean losses (with regularizer), and what became of the proposals. */
  readonly alpha: AlphaSummary;
  /** On the alpha split, with running statistics. */
  readonly validation: Accuracy;
  readonly meanMixing: MeanMixing;
  readonly noise: Noise | null;
}

/** Of a retraining. */
export interface RetrainingEpochLine extends EpochLine {
  readonly learningRate: number;
  /** Chance that drop-path left an operation out. */
  readonly dropProbability: number;
  /** On pictures of the test set, with running statistics. */
  readonly test: Accuracy;
  /** Pictures trained a second, measuring and checkpoints left out. */
  readonly imagesPerSecond: number;
}

export interface AlphaSummary {
  readonly localSteps: number;
  readonly globalSteps: number;
  readonly accepted: number;
  readonly returned: number;
  /** Mean loss over the steps, null where there was none; not finite, and so null in the record, where one was not. */
  readonly loss: number | null;
}

export interface Accuracy {
  /** Mean cross-entropy, in nats. */
  readonly loss: number;
  /** Share of pictures classified right. */
  readonly accuracy: number;
  readonly pictures: number;
}

/** The noises that decide which acceptance rule fits, in nats of the loss. */
export interface Noise {
  /** Standard deviation over mini-batches of the loss at one alpha. */
  readonly offset: number;
  /** Standard deviation over mini-batches of the difference between two alphas on the same mini-batch. */
  readonly paired: number;
  /** Mean absolute difference that moving one coordinate makes. */
  readonly effect: number;
}

export interface SearchDoneLine {
  readonly event: 'done';
  readonly genotype: Genotype;
  readonly valid: { readonly normal: boolean; readonly reduce: boolean };
  /** Why a cell is invalid; null where it is valid. */
  readonly reasons: { readonly normal: string | null; readonly reduce: string | null };
  /** SHA-256 of the final alphas' bytes (float64, little-endian). */
  readonly alphaDigest: string;
  /** Of the supernet, as a share of pictures. */
  readonly searchAccuracy: { readonly train: number; readonly validation: number; readonly test: number };
  readonly run: string;
}

/** How a retraining ended: what `result.json` holds. */
export interface RetrainingDoneLine {
  readonly event: 'done';
  readonly genotype: Genotype;
  /** On the whole test set, with running statistics. */
  readonly test: Accuracy;
  /** Weights, and multiply-adds of one picture, of the network that was tested: without the auxiliary head. */
  readonly parameters: number;
  readonly macs: number;
  /** SHA-256 of the final weights and running statistics (float32, little-endian, in the order of their names). */
  readonly weightsDigest: string;
  readonly run: string;
}
