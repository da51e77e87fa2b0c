/** Small charts side by side as SVG: the number of members on a logarithmic axis, one or more lines each. */

export interface Chart {
  readonly title: string;
  readonly lines: readonly {
    readonly label: string;
    readonly points: readonly { readonly x: number; readonly y: number }[];
  }[];
  /** Where the axis begins. */
  readonly least: number;
}

const [WIDTH, HEIGHT, COLUMNS] = [260, 190, 3];
const [LEFT, RIGHT, TOP, BOTTOM] = [48, 14, 28, 26];
const COLORS = ["#1b6ca8", "#c1440e", "#4b7f52"];

export function drawCurves(charts: readonly Chart[]): string {
  const rows = Math.ceil(charts.length / COLUMNS);
  const drawn = charts.map((chart, index) => {
    const [x, y] = [(index % COLUMNS) * WIDTH, Math.floor(index / COLUMNS) * HEIGHT];
    return `<g transform="translate(${x} ${y})">\n${drawChart(chart)}\n</g>`;
  });
  const size = `width="${COLUMNS * WIDTH}" height="${rows * HEIGHT}"`;
  const style = 'font-family="sans-serif" font-size="11" fill="#222"';
  const title = "<title>Small charts over the number of members; mesh-curves.json has the numbers</title>";
  const ground = '<rect width="100%" height="100%" fill="#fff"/>';
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${style}>\n${title}\n${ground}\n${drawn.join("\n")}\n</svg>\n`;
}

function drawChart({ title, lines, least }: Chart): string {
  const points = lines.flatMap((line) => line.points);
  const most = niceAbove(Math.max(...points.map(({ y }) => y)), least);
  const [first, last] = [Math.min(...points.map(({ x }) => x)), Math.max(...points.map(({ x }) => x))];
  const across = Math.log10(last / first) || 1;
  const atX = (x: number): number => LEFT + (Math.log10(x / first) / across) * (WIDTH - LEFT - RIGHT);
  const atY = (y: number): number => HEIGHT - BOTTOM - ((y - least) / (most - least)) * (HEIGHT - TOP - BOTTOM);
  const parts = [`<text x="${LEFT}" y="16" font-weight="bold">${title}</text>`];
  for (const y of [least, (least + most) / 2, most]) {
    parts.push(`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${round(atY(y))}" y2="${round(atY(y))}" stroke="#ddd"/>`);
    parts.push(`<text x="${LEFT - 5}" y="${round(atY(y) + 4)}" text-anchor="end">${round(y)}</text>`);
  }
  for (const x of new Set(points.map((point) => point.x)))
    parts.push(`<text x="${round(atX(x))}" y="${HEIGHT - 10}" text-anchor="middle">${x}</text>`);
  for (const [index, line] of lines.entries()) {
    const color = COLORS[index % COLORS.length];
    const path = line.points.map(({ x, y }) => `${round(atX(x))},${round(atY(y))}`).join(" ");
    parts.push(`<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"/>`);
    const end = line.points.at(-1);
    if (line.label === "" || end === undefined) continue;
    const place = `x="${round(atX(end.x) - 4)}" y="${round(atY(end.y) - 5)}"`;
    parts.push(`<text ${place} text-anchor="end" fill="${color}">${line.label}</text>`);
  }
  return parts.join("\n");
}

/** The end of an axis: 1, 2 or 5 times a power of ten beyond `value`, counted from `least`. */
function niceAbove(value: number, least: number): number {
  const span = Math.max(value - least, 0.001);
  const power = 10 ** Math.floor(Math.log10(span));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= span - 1e-9) ?? 10;
  return least + step * power;
}

const round = (value: number): number => Math.round(value * 100) / 100;
