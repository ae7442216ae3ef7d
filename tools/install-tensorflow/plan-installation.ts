import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { TENSORFLOW_ADDON, TENSORFLOW_PACKAGE, TENSORFLOW_VERSION } from '../../src/engine/tfjs/import-tensorflow.ts';

/** Devices that an installation is for. */
export type Device = 'gpu' | 'cpu';

/** A command of an installation. */
export interface Step {
  /** What it does, for a person. */
  readonly does: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** Where the parts of an installation lie, and the programs that make it. */
export interface Plan {
  readonly device: Device;
  readonly folder: string;
  /** Folder of the npm package. */
  readonly package: string;
  /** Folder that pip fills. */
  readonly libraries: string;
  readonly fetches: readonly Step[];
  readonly compile: Step;
}

/** Any Python's pip fetches the wheels that were built for this one. */
const PYTHON_TAGS = ['--python-version', '3.12', '--implementation', 'cp'];
const PLATFORMS = ['manylinux_2_27_x86_64', 'manylinux_2_17_x86_64', 'manylinux2014_x86_64', 'manylinux1_x86_64'];

/** Parts of CUDA: those that the wheel's own extra `and-cuda` asks for, where its libraries look for them. */
const CUDA = [
  'nvidia-cublas-cu12>=12.5.3.2,<13.0',
  'nvidia-cuda-cupti-cu12>=12.5.82,<13.0',
  'nvidia-cuda-nvcc-cu12>=12.5.82,<13.0',
  'nvidia-cuda-nvrtc-cu12>=12.5.82,<13.0',
  'nvidia-cuda-runtime-cu12>=12.5.82,<13.0',
  'nvidia-cudnn-cu12>=9.3.0.75,<10.0',
  'nvidia-cufft-cu12>=11.2.3.61,<12.0',
  'nvidia-curand-cu12>=10.3.6.82,<11.0',
  'nvidia-cusolver-cu12>=11.6.3.83,<12.0',
  'nvidia-cusparse-cu12>=12.5.1.3,<13.0',
  'nvidia-nccl-cu12>=2.27.7,<3.0',
  'nvidia-nvjitlink-cu12>=12.5.82,<13.0',
];

/**
 * Plans an installation. The addon is compiled against a newer TensorFlow than the package names: it is pure N-API, and
 * what it uses of TensorFlow's C API has not changed.
 *
 * @param python command of a Python with pip
 * @param compiler command of a C++ compiler
 */
export function planInstallation(folder: string, device: Device, python: string, compiler: string): Plan {
  const require = createRequire(import.meta.url);
  const version: string = require('lesslocal/package.json').optionalDependencies[TENSORFLOW_PACKAGE];
  const nodeHeaders = dirname(require.resolve('node-api-headers/include/node_api.h'));
  const packageFolder = join(folder, 'node_modules', TENSORFLOW_PACKAGE);
  const libraries = join(folder, 'python');
  const [addon, tensorflow] = [join(folder, TENSORFLOW_ADDON), join(libraries, 'tensorflow')];
  const wheels = device === 'gpu' ? ['tensorflow', ...CUDA] : ['tensorflow-cpu'];
  wheels[0] += `==${TENSORFLOW_VERSION}`;
  const npm: Step = {
    does: `fetch ${TENSORFLOW_PACKAGE} ${version} by npm`,
    command: 'npm',
    // Its install script would fetch an older TensorFlow.
    args: [
      ...['install', '--prefix', folder, '--ignore-scripts', '--no-save', '--no-audit', '--no-fund'],
      `${TENSORFLOW_PACKAGE}@${version}`,
    ],
  };
  const pip: Step = {
    does: `fetch ${wheels[0]}${device === 'gpu' ? ' and CUDA' : ''} by pip`,
    command: python,
    args: [
      ...['-m', 'pip', 'install', '--target', libraries, '--no-deps', '--no-compile', '--only-binary=:all:'],
      ...PYTHON_TAGS,
      ...PLATFORMS.flatMap((platform) => ['--platform', platform]),
      ...wheels,
    ],
  };
  const compile: Step = {
    does: `compile the addon by ${compiler}`,
    command: compiler,
    args: [
      ...['-O2', '-std=c++17', '-shared', '-fPIC', '-DNAPI_VERSION=8'],
      ...[nodeHeaders, join(tensorflow, 'include')].map((headers) => `-I${headers}`),
      ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((source) => join(packageFolder, 'binding', source)),
      ...['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'].map((library) => join(tensorflow, library)),
      // The folder may be moved.
      `-Wl,-rpath,$ORIGIN/${relative(dirname(addon), tensorflow)}`,
      ...['-o', addon],
    ],
  };
  return { device, folder, package: packageFolder, libraries, fetches: [npm, pip], compile };
}
