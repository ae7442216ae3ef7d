import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { InterruptedError } from '../../src/command/exit.ts';
import { Interruption } from '../../src/command/interruption.ts';

describe('an interruption', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('by %s first asks for a pause, and then ends the program', async (name) => {
    const signals = new EventEmitter();
    const interruption = new Interruption(signals, {});
    const pausing = interruption.pausing();
    signals.emit(name);
    expect(pausing.reason).toBeInstanceOf(InterruptedError);
    signals.emit(name);
    await expect(interruption.ended).rejects.toBeInstanceOf(InterruptedError);
  });

  it('by a terminal that was closed is none under nohup', () => {
    const signals = new EventEmitter();
    const pausing = new Interruption(signals, { _: '/usr/bin/nohup' }).pausing();
    expect(signals.emit('SIGHUP')).toBe(true); // heard: Node.js would end the process otherwise
    expect(pausing.aborted).toBe(false);
    signals.emit('SIGTERM');
    expect(pausing.aborted).toBe(true);
  });
});
