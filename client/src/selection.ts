/** When a field is answered: always, when `_ALL` or its name asks for it, or by its name alone. */
type Shown = 'default' | 'optional' | 'explicit';

/** A field of a resource, as the generated modules say it; one that may be left out is optional there. */
export interface Plain<S extends Shown, T> {
  readonly shown: S;
  readonly value: T;
}

/** A link: `value`, its id, or the object when it is asked for with parentheses. */
export interface Link<S extends Shown, T, F> extends Plain<S, T> {
  readonly of: F;
}

/** A link that is answered as the object also without parentheses. */
export interface Embedded<S extends Shown, F> extends Plain<S, null> {
  readonly of: F;
  readonly as: 'embedded';
}

/** A list of objects. */
export interface Many<S extends Shown, F> extends Plain<S, null> {
  readonly of: F;
  readonly as: 'many';
}

/** An object above another one. */
export interface Breadcrumb {
  readonly id: number;
  readonly table: string;
  readonly title: string | null;
}

type Names<Fields> = (keyof Fields & string) | 'breadcrumbs' | '_ALL';

/** What `fields` may hold: any text, of which `Checked` says what is wrong; the names are what an editor offers. */
export type Asked<Fields> = readonly (Names<Fields> | (string & NonNullable<unknown>))[];

/** `a,b(c,d())` as `['a', 'b(c,d())']`. */
type Split<
  T extends string,
  Depth extends readonly 0[] = [],
  Item extends string = '',
  Out extends readonly string[] = [],
> = T extends `${infer C}${infer Rest}`
  ? C extends '('
    ? Split<Rest, [...Depth, 0], `${Item}(`, Out>
    : C extends ')'
      ? Depth extends readonly [0, ...infer Outer extends readonly 0[]]
        ? Split<Rest, Outer, `${Item})`, Out>
        : ['a parenthesis closes that was never opened']
      : C extends ' '
        ? Split<Rest, Depth, Item, Out>
        : C extends ','
          ? Depth extends readonly []
            ? Split<Rest, [], '', [...Out, Item]>
            : Split<Rest, Depth, `${Item},`, Out>
          : Split<Rest, Depth, `${Item}${C}`, Out>
  : Depth extends readonly []
    ? Item extends ''
      ? Out
      : [...Out, Item]
    : ['a parenthesis is not closed'];

type NameOf<T> = T extends `${infer Name}(${string}` ? Name : T;

/** What is asked of the object that a link leads to; `never` without parentheses, `''` for empty ones. */
type Inner<I, K extends string> = I extends `${K}(${infer List})` ? '' | Split<List>[number] : never;

/** What is wrong with the first item that is, `never` when nothing is. Links are followed four times at most. */
type Fault<
  Fields,
  Items extends readonly string[],
  Depth extends readonly 0[] = [],
> = Items extends readonly [infer T extends string, ...infer Rest extends readonly string[]]
  ? FaultOf<Fields, T, Depth> extends infer F extends string
    ? [F] extends [never]
      ? Fault<Fields, Rest, Depth>
      : F
    : never
  : never;

type FaultOf<Fields, T extends string, Depth extends readonly 0[]> = T extends `${infer Name}(${infer List})`
  ? Name extends keyof Fields
    ? Fields[Name] extends { readonly of: infer F }
      ? Depth['length'] extends 4
        ? `${Name}: links are followed four times at most`
        : Fault<F, Split<List>, [...Depth, 0]>
      : List extends ''
        ? never
        : `${Name} is no link`
    : `${Name} is no field`
  : T extends Names<Fields>
    ? never
    : `${T} is no field`;

/** Each item itself, or what is wrong with it. No text: a text that it is not would make `never` of the whole list, and say nothing. */
export type Checked<Fields, F extends readonly string[]> = {
  readonly [K in keyof F]: FaultOf<Fields, F[K] & string, []> extends infer Wrong extends string
    ? [Wrong] extends [never]
      ? F[K]
      : { readonly wrong: Wrong }
    : never;
};

type Answered<Field, K, I, Hidden> =
  K extends NameOf<I>
    ? K
    : Field extends { readonly shown: 'default' }
      ? Hidden extends true
        ? never
        : K
      : Field extends { readonly shown: 'optional' }
        ? '_ALL' extends I
          ? K
          : never
        : never;

type Value<Field, In> = Field extends { readonly of: infer F; readonly as: 'many' }
  ? readonly Selected<F, In>[]
  : Field extends { readonly of: infer F; readonly as: 'embedded' }
    ? Selected<F, In> | null
    : Field extends { readonly of: infer F; readonly value: infer Id }
      ? [In] extends [never]
        ? Id
        : Selected<F, In> | null
      : Field extends { readonly value: infer T }
        ? T
        : never;

/** An object with the fields that the items `I` ask for; without its default fields when they are hidden. */
export type Selected<Fields, I, Hidden = false> = {
  readonly [K in keyof Fields as Answered<NonNullable<Fields[K]>, K, I, Hidden>]: Value<
    NonNullable<Fields[K]>,
    Inner<I, K & string>
  >;
} & ('breadcrumbs' extends I ? { readonly breadcrumbs: readonly Breadcrumb[] } : unknown);

/** Every field that an object may have, links as ids. */
export type Whole<Fields> = Selected<Fields, '_ALL'>;
