"""Loads a network that lesslocal trained, and predicts. It needs PyTorch 1.13 or newer, and nothing else.

In Python:

    network = load('torch_network.safetensors')
    network.predict(pixels)  # uint8 [count, side, side, channels] to probabilities [count, classes]

In a shell, for a file of such pixels, the channels of each (gray, or red, green and blue), row by row:

    python torch_network.py torch_network.safetensors pixels.raw

The names of the weights are those of NetworkCIFAR in the public code of DARTS or FairDARTS.
"""
import json
import struct
import sys
from pathlib import Path

import torch
from torch import nn

TYPES = {'F32': (torch.float32, 4), 'I64': (torch.int64, 8)}


def read_safetensors(path):
    """Returns the tensors of a file by name, and its metadata."""
    data = Path(path).read_bytes()
    begin = 8 + struct.unpack('<Q', data[:8])[0]
    header = json.loads(data[8:begin])
    metadata = header.pop('__metadata__', {})
    values = bytearray(data[begin:])
    tensors = {}
    for name, entry in header.items():
        dtype, size = TYPES[entry['dtype']]
        first, end = entry['data_offsets']
        flat = torch.frombuffer(values, dtype=dtype, count=(end - first) // size, offset=first)
        tensors[name] = flat.reshape(entry['shape']).clone()
    return tensors, metadata


def conv(inputs, outputs, kernel=1, **geometry):
    return nn.Conv2d(inputs, outputs, kernel, bias=False, **geometry)


class Chain(nn.Module):
    """Layers one after the other."""

    def __init__(self, *layers):
        super().__init__()
        self.op = nn.Sequential(*layers)

    def forward(self, x):
        return self.op(x)


class Halving(nn.Module):
    """Halves height and width: two 1x1 convolutions, the second without the first row and column."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv_1 = conv(inputs, outputs // 2, stride=2)
        self.conv_2 = conv(inputs, outputs // 2, stride=2)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x):
        x = x.relu()
        return self.bn(torch.cat([self.conv_1(x), self.conv_2(x[:, :, 1:, 1:])], 1))


def projection(inputs, outputs):
    return Chain(nn.ReLU(), conv(inputs, outputs), nn.BatchNorm2d(outputs))


def operation(name, channels, stride):
    """Makes the operation of a genotype's entry."""
    def unit(stride, **geometry):
        depthwise = conv(channels, channels, stride=stride, groups=channels, **geometry)
        return nn.ReLU(), depthwise, conv(channels, channels), nn.BatchNorm2d(channels)

    if name == 'skip_connect':
        return nn.Identity() if stride == 1 else Halving(channels, channels)
    if name == 'max_pool_3x3':
        return nn.MaxPool2d(3, stride, padding=1)
    if name == 'avg_pool_3x3':
        return nn.AvgPool2d(3, stride, padding=1, count_include_pad=False)
    kind, size = name[:-4], int(name[-1])
    if kind == 'sep_conv':
        around = {'kernel': size, 'padding': size // 2}
        return Chain(*unit(stride, **around), *unit(1, **around))
    if kind == 'dil_conv':
        return Chain(*unit(stride, kernel=size, padding=size - 1, dilation=2))
    raise ValueError(f'unknown operation {name}')


class Cell(nn.Module):
    def __init__(self, plan, dialect, before, previous, channels, reduces, halves):
        super().__init__()
        self.preprocess0 = Halving(before, channels) if halves else projection(before, channels)
        self.preprocess1 = projection(previous, channels)
        self.output = plan['output']
        made = [(to, source, operation(name, channels, 2 if reduces and source < 2 else 1))
                for name, source, to in plan['entries']]
        self.edges = sorted(made, key=lambda edge: edge[0])
        if dialect == 'pairs':
            self._ops = nn.ModuleList(op for _, _, op in made)
            return
        self._ops = nn.ModuleDict()
        for to, source, op in made:
            if str(to) not in self._ops:
                self._ops[str(to)] = nn.ModuleDict()
            if str(source) not in self._ops[str(to)]:
                self._ops[str(to)][str(source)] = nn.ModuleList()
            self._ops[str(to)][str(source)].append(op)

    def forward(self, before, previous):
        states = {0: self.preprocess0(before), 1: self.preprocess1(previous)}
        for to, source, op in self.edges:
            if source in states:  # else the node does not exist, as nothing leads to it
                states[to] = states[to] + op(states[source]) if to in states else op(states[source])
        return torch.cat([states[node] for node in self.output], 1)


class AuxiliaryHead(nn.Module):
    """Weights that only training uses."""

    def __init__(self, channels, classes):
        super().__init__()
        self.features = nn.Sequential(
            nn.ReLU(), nn.AvgPool2d(5, 3), conv(channels, 128), nn.BatchNorm2d(128), nn.ReLU(),
            conv(128, 768, 2), nn.BatchNorm2d(768), nn.ReLU())
        self.classifier = nn.Linear(768, classes)


class Network(nn.Module):
    """The network that a file's metadata describes."""

    def __init__(self, metadata):
        super().__init__()
        about = {name: json.loads(metadata[name]) for name in (
            'cells', 'channels', 'layers', 'stemMultiplier', 'auxiliary', 'classes', 'mean', 'deviation', 'image',
            'pictureChannels')}
        self.classes, self.image, self.picture_channels = about['classes'], about['image'], about['pictureChannels']
        channels, layers = about['channels'], about['layers']
        before = previous = about['stemMultiplier'] * channels
        self.stem = nn.Sequential(conv(self.picture_channels, previous, 3, padding=1), nn.BatchNorm2d(previous))
        self.cells = nn.ModuleList()
        halves = False
        for i in range(layers):
            reduces = i in (layers // 3, 2 * layers // 3)
            channels *= 2 if reduces else 1
            plan = about['cells']['reduce' if reduces else 'normal']
            self.cells.append(Cell(plan, metadata['dialect'], before, previous, channels, reduces, halves))
            before, previous, halves = previous, channels * len(plan['output']), reduces
            if about['auxiliary'] and i == 2 * layers // 3:
                self.auxiliary_head = AuxiliaryHead(previous, len(self.classes))
        self.classifier = nn.Linear(previous, len(self.classes))
        for name in ('mean', 'deviation'):
            self.register_buffer(name, torch.tensor(about[name]).reshape(self.picture_channels, 1, 1), persistent=False)

    def forward(self, pictures):
        """Logits [count, classes] of normalized pictures [count, channels, side, side]."""
        before = previous = self.stem(pictures)
        for cell in self.cells:
            before, previous = previous, cell(before, previous)
        return self.classifier(previous.mean((2, 3)))

    @torch.no_grad()
    def predict(self, pixels):
        """Probabilities [count, classes] of pixels [count, side, side, channels] from 0 to 255."""
        pictures = pixels.to(self.mean.device).permute(0, 3, 1, 2) / 255
        return self((pictures - self.mean) / self.deviation).softmax(1)


def load(path):
    """Makes the network of a file, ready to predict."""
    tensors, metadata = read_safetensors(path)
    network = Network(metadata)
    network.load_state_dict(tensors, strict=True)
    return network.eval()


if __name__ == '__main__':
    if len(sys.argv) != 3:
        sys.exit('usage: python torch_network.py torch_network.safetensors pixels.raw')
    trained = load(sys.argv[1])
    raw = torch.frombuffer(bytearray(Path(sys.argv[2]).read_bytes()), dtype=torch.uint8)
    for row in trained.predict(raw.reshape(-1, trained.image, trained.image, trained.picture_channels)):
        best = row.topk(min(5, len(row)))
        print(', '.join(f'{trained.classes[i]} {p:.1%}' for p, i in zip(best.values.tolist(), best.indices.tolist())))
