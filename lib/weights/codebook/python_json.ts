// JSON as Python's json.dumps writes it: the same bytes for the same values.

/** A number that Python holds as a float: it has a point or an exponent. */
export class PythonFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  toString(): string {
    const [digits = '', power = ''] = this.value.toExponential().split('e');
    const exponent = Number(power);
    if (exponent < -4 || exponent >= 16)
      return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
    const text = String(this.value);
    return text.includes('.') ? text : `${text}.0`;
  }
}

type PythonValue = string | number | PythonFloat | readonly number[];

/** An object of plain ASCII texts, integers, floats and lists of integers. */
export function toPythonJson(object: Readonly<Record<string, PythonValue>>): string {
  const entries = Object.entries(object).map(([key, value]) => `${JSON.stringify(key)}: ${show(value)}`);
  return `{${entries.join(', ')}}`;
}

function show(value: PythonValue): string {
  if (Array.isArray(value)) return `[${value.join(', ')}]`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
