import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const REPOSITORY = join(import.meta.dirname, '../..');

const { exports } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
  exports: Record<string, string | { types: string }>;
};

/** Source file of each entry of the package, by the entry's name. */
const ENTRIES = Object.entries(exports).flatMap(([entry, target]) => {
  if (typeof target === 'string') return [];
  return [[entry, join(REPOSITORY, target.types.replace('./dist/', '').replace('.d.ts', '.ts'))] as const];
});

const program = ts.createProgram(
  ENTRIES.map(([, file]) => file),
  {
    target: ts.ScriptTarget.ES2024,
    module: ts.ModuleKind.NodeNext,
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    types: ['node'],
  },
);
const checker = program.getTypeChecker();

/** A symbol's own declaration, wherever it is exported from. */
function original(symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function exportsOf(file: string): ts.Symbol[] {
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${file} exports nothing`);
  return checker.getExportsOfModule(module);
}

/**
 * Types of this repository that a declaration's signature or members name: without the bodies of functions and private
 * members, and through types that a module keeps to itself.
 */
function namedTypes(node: ts.Node, found = new Set<ts.Symbol>()): Set<ts.Symbol> {
  if (ts.isBlock(node) || (ts.isClassElement(node) && isPrivate(node))) return found;
  const named = ts.isTypeReferenceNode(node) ? checker.getSymbolAtLocation(node.typeName) : undefined;
  if (named !== undefined && !found.has(original(named)) && isOurs(original(named))) {
    const type = original(named);
    found.add(type);
    if (!isExported(type)) for (const declaration of type.declarations ?? []) namedTypes(declaration, found);
  }
  ts.forEachChild(node, (child) => {
    // The value of a constant names no type of its signature.
    if (!ts.isExpression(child)) namedTypes(child, found);
  });
  return found;
}

/** Members that a caller does not reach. */
function isPrivate(node: ts.ClassElement): boolean {
  if (node.name !== undefined && ts.isPrivateIdentifier(node.name)) return true;
  const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
  return modifiers.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword);
}

/** Whether a type is exported by the module that declares it. */
function isExported(type: ts.Symbol): boolean {
  return (type.declarations ?? []).some((declaration) => {
    const module = checker.getSymbolAtLocation(declaration.getSourceFile());
    return module?.exports?.get(type.escapedName) === type;
  });
}

/** Whether a type is declared by name in this repository: neither a library's nor a parameter of a generic. */
function isOurs(symbol: ts.Symbol): boolean {
  return (symbol.declarations ?? []).some(
    (declaration) =>
      !ts.isTypeParameterDeclaration(declaration) &&
      !declaration.getSourceFile().fileName.includes('node_modules') &&
      declaration.getSourceFile().fileName.startsWith(REPOSITORY),
  );
}

describe('the public names', () => {
  it('are few at the top', () => {
    const [, top] = ENTRIES.find(([entry]) => entry === '.') ?? expect.fail('there is no main entry');
    expect(exportsOf(top).length).toBeLessThanOrEqual(75);
  });

  it('come with every type that their signatures name', () => {
    const all = new Set(ENTRIES.flatMap(([, file]) => exportsOf(file).map(original)));
    const missing = [...all].flatMap((symbol) =>
      (symbol.declarations ?? []).flatMap((declaration) =>
        [...namedTypes(declaration)]
          .filter((type) => isExported(type) && !all.has(type))
          .map((type) => `${symbol.name} names ${type.name}`),
      ),
    );
    // The constructor is called by `createCpuEngine` alone.
    expect(missing.filter((sentence) => sentence !== 'CpuEngine names Workspace')).toEqual([]);
  });

  const LIGHT = ['.', './optimize', './space', './network', './engine'];

  it.each(ENTRIES.filter(([entry]) => LIGHT.includes(entry)))('of %s load none of the large libraries', (_, file) => {
    const program = `import { registerHooks } from 'node:module';
      const loaded = new Set();
      registerHooks({
        resolve(specifier, context, next) {
          loaded.add(specifier);
          return next(specifier, context);
        },
      });
      await import(${JSON.stringify(pathToFileURL(file).href)});
      process.stdout.write(JSON.stringify([...loaded]));`;
    const loaded = JSON.parse(
      execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' }),
    );
    expect(loaded.length).toBeGreaterThan(1);
    if (file.includes('optimize')) expect(loaded).not.toContain('node:fs');
    const large = /^(@tensorflow|xstate|piscina|msgpackr|vega|@viz-js)/;
    expect(loaded.filter((specifier: string) => large.test(specifier))).toEqual([]);
  });
});
