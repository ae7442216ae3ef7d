import type { Random } from '../math/random.ts';

/**
 * Composes an epoch in which every class comes equally often. Of `places` places, each class that occurs among `indices`
 * gets places / classes, rounded down; the places left over go one each to classes drawn at random. A class fills its
 * places with whole rounds of its pictures, as many as fit, and then with some of them drawn without replacement. So no
 * picture comes twice before all others of its class came once. In the end all places are shuffled.
 *
 * @param labels `[count]` class of each picture of the set
 * @param indices pictures to draw from, as indices into the set
 * @param places number of pictures of the epoch
 * @returns `[places]` indices into the set
 */
export function balancedOrder(labels: Uint16Array, indices: Uint32Array, places: number, random: Random): Uint32Array {
  const classes = [...Map.groupBy(indices, (index) => labels[index] as number)]
    .sort(([a], [b]) => a - b)
    .map(([, pictures]) => Uint32Array.from(pictures));
  const share = Math.floor(places / classes.length);
  const turns = Uint32Array.from(classes, (_, i) => i);
  random.shuffle(turns);
  const favored = new Set(turns.subarray(0, places - share * classes.length));
  const order = new Uint32Array(places);
  let at = 0;
  for (const [i, pictures] of classes.entries()) {
    const end = at + share + (favored.has(i) ? 1 : 0);
    random.shuffle(pictures);
    while (at < end) {
      const round = pictures.subarray(0, end - at);
      order.set(round, at);
      at += round.length;
    }
  }
  random.shuffle(order);
  return order;
}
