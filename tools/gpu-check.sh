#!/bin/sh
# Checks and times the engine `webgpu` on a machine with a GPU, in under five minutes: PyTorch's values, the same bits in two
# processes, and the steps of a search at three sizes beside the other engines that are there. Run it in a clone after `npm ci`.
set -u
cd "$(dirname "$0")/.." || exit 2
node=node
failed=0

echo '== values of PyTorch'
$node tools/golden.ts test/golden --engine webgpu || failed=1

echo '== the same bits in two processes'
fingerprint() {
  $node --input-type=module -e "
    import { fingerprintEngine } from './src/engine/fingerprint.ts';
    console.log(await fingerprintEngine({ engine: 'webgpu' }));"
}
first=$(fingerprint)
second=$(fingerprint)
echo "$first $second"
if [ -z "$first" ] || [ "$first" != "$second" ]; then failed=1; fi

echo '== seconds of a step: quick, laptop and the paper'\''s size'
sizes='8,5,32,16 16,8,64,16 16,8,64,32'
engines='webgpu cpu'
if $node -e "import('@tensorflow/tfjs-node-gpu')" 2>/dev/null; then engines="$engines tfjs"; fi
for size in $sizes; do
  IFS=, read -r channels layers batch image <<SIZE
$size
SIZE
  for engine in $engines; do
    # TensorFlow.js does not hold the larger sizes, and takes seconds for a step.
    if [ "$engine" = tfjs ] && [ "$channels,$layers" != 8,5 ]; then continue; fi
    timeout 60 $node tools/bench.ts step --engine "$engine" --backend tensorflow --reps 3 \
      --channels "$channels" --layers "$layers" --batch "$batch" --image "$image" || echo "$engine at $size: no result"
  done
done

if python3 -c 'import torch; assert torch.cuda.is_available()' 2>/dev/null; then
  echo '== PyTorch is there, for comparison'
  python3 -c 'import torch; print(torch.__version__, torch.cuda.get_device_name())'
fi
exit $failed
