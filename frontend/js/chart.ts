/**
 * Time series on uPlot, with a past and live points. It knows nothing of the app: the caller pushes points and says when the size changed.
 * Colours are read from the page's custom properties, so a chart follows the theme.
 */
import uPlot from "uplot";

export type Unit = "percent" | "bytes" | "count";

export interface Options {
  series: { label: string; unit: Unit }[];
  /** How many seconds are shown and kept. */
  window: number;
  /** The top of the first series' scale; as high as needed when it is not said. */
  top?: number;
}

export interface LineChart {
  /** Adds one point: the time in seconds since 1970, and a value for each series; null leaves a gap. */
  push(x: number, values: readonly (number | null)[]): void;
  /** Shows so many seconds of a past, a list of values for each series, instead of what is shown; points go on from there. */
  show(window: number, times: readonly number[], columns: readonly (readonly (number | null)[])[]): void;
  /** Says where the first series' scale ends; 0 for as high as needed. */
  limit(top: number): void;
  /** Takes the size of the element anew. */
  resize(): void;
  destroy(): void;
}

/** No more points than this, however often the caller pushes: a screen has fewer columns. */
const MOST_POINTS = 4096;
const STROKES = ["--accent", "--ok", "--warn"] as const;
/** In order, as uPlot looks for the least that has room. */
const BINARY_STEPS = [0, 1, 2, 3, 4, 5].flatMap((power) =>
  [1, 2, 4, 8, 16, 32, 64, 128, 256, 512].map((n) => n * 1024 ** power),
);
/** Seconds between two labels of the time: whole minutes and hours, as that is what they say. */
const TIME_STEPS = [60, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/** The page's language; without one the browser's. */
const language = () => document.documentElement.lang || undefined;

function formatValue(unit: Unit, value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  if (unit === "percent") {
    const digits = { style: "percent", maximumFractionDigits: value < 10 ? 1 : 0 } as const;
    return (value / 100).toLocaleString(language(), digits);
  }
  if (unit === "count") return value.toLocaleString(language());
  let amount = value;
  let name = "B";
  for (const larger of ["KiB", "MiB", "GiB", "TiB"]) {
    if (Math.abs(amount) < 1024) break;
    amount /= 1024;
    name = larger;
  }
  return `${amount.toLocaleString(language(), { maximumSignificantDigits: 3, useGrouping: false })} ${name}`;
}

export function lineChart(element: HTMLElement, options: Options): LineChart {
  const units = [...new Set(options.series.map((series) => series.unit))];
  const data: (number | null)[][] = [[], ...options.series.map(() => [])];
  let { window: shown, top = 0 } = options;
  // Canvas takes no custom property. uPlot asks for a stroke at each drawing, so a resolved one is kept until the theme changes.
  let colours = new Map<string, string>();
  const probe = document.createElement("i");
  probe.hidden = true;
  element.append(probe);
  const colour = (token: string): string => {
    let value = colours.get(token);
    if (value === undefined) {
      // Through `color`, because light-dark() and nested var() are resolved there and not in the property itself.
      probe.style.color = `var(${token})`;
      value = getComputedStyle(probe).color;
      colours.set(token, value);
    }
    return value;
  };
  const axis = {
    stroke: () => colour("--ink-3"),
    grid: { stroke: () => colour("--line"), width: 1 },
    ticks: { show: false },
  };
  const size = () => ({ width: Math.max(element.clientWidth, 120), height: Math.max(element.clientHeight, 80) });
  // A time of day in the page's language: the past is at most a day.
  const clock = new Intl.DateTimeFormat(language(), {
    hour: "numeric",
    minute: "2-digit",
  });
  const font = () => `12px ${getComputedStyle(element).fontFamily}`;

  const plot = new uPlot(
    {
      ...size(),
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
      scales: {
        x: { time: true, range: (_, __, last) => [last - shown, last] },
        ...Object.fromEntries(
          units.map((unit): [string, uPlot.Scale] => [
            unit,
            // From zero, and not higher than needed, so that an idle container draws a flat line and not noise.
            {
              range: (_, __, most) => {
                const least = unit === "bytes" ? 1024 * 1024 : 1;
                const limit = unit === units[0] ? top : 0;
                return [0, limit > 0 ? Math.max(limit, most ?? 0) : Math.max((most ?? 0) * 1.15, least)];
              },
            },
          ]),
        ),
      },
      series: [
        {},
        ...options.series.map((series, index): uPlot.Series => {
          const token = STROKES[index % STROKES.length] ?? STROKES[0];
          return {
            label: series.label,
            scale: series.unit,
            stroke: () => colour(token),
            width: 1.5,
            points: { show: false },
            value: (_, value) => formatValue(series.unit, value),
          };
        }),
      ],
      axes: [
        {
          ...axis,
          font: font(),
          space: 70,
          size: 30,
          incrs: TIME_STEPS,
          values: (_, splits) => splits.map((at) => clock.format(at * 1000)),
        },
        ...units.map(
          (unit, index): uPlot.Axis => ({
            ...axis,
            font: font(),
            scale: unit,
            side: index === 0 ? 3 : 1,
            size: 64,
            grid: { ...axis.grid, show: index === 0 },
            values: (_, splits) => splits.map((value) => formatValue(unit, value)),
            ...(unit === "bytes" ? { incrs: BINARY_STEPS } : {}),
          }),
        ),
      ],
    },
    data as uPlot.AlignedData,
    element,
  );

  const recolour = () => {
    colours = new Map();
    plot.redraw(false);
  };
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", recolour);
  const theme = new MutationObserver(recolour);
  theme.observe(document.documentElement, { attributes: true, attributeFilter: ["class", "data-theme", "style"] });

  let due = 0;
  const draw = () => {
    due = 0;
    plot.setData(data as uPlot.AlignedData);
  };

  return {
    push(x, values) {
      const [times, ...columns] = data as [number[], ...(number | null)[][]];
      const latest = times.at(-1);
      // uPlot needs rising times; a repeated or late point has nothing new to tell.
      if (latest !== undefined && x <= latest) return;
      times.push(x);
      columns.forEach((column, index) => {
        column.push(values[index] ?? null);
      });
      // One point beyond the left edge stays, so that the line enters the picture from outside.
      let old = 0;
      while (old + 1 < times.length && (times[old + 1] ?? x) < x - shown) old += 1;
      old = Math.max(old, times.length - MOST_POINTS);
      if (old > 0) for (const column of data) column.splice(0, old);
      // Several points in one frame, as when history arrives, are drawn once.
      due ||= requestAnimationFrame(draw);
    },
    show(window, times, columns) {
      shown = window;
      [times, ...columns].forEach((column, index) => {
        data[index]?.splice(0, Number.POSITIVE_INFINITY, ...column);
      });
      due ||= requestAnimationFrame(draw);
    },
    limit(most) {
      if (most === top) return;
      top = most;
      due ||= requestAnimationFrame(draw);
    },
    resize() {
      plot.setSize(size());
    },
    destroy() {
      cancelAnimationFrame(due);
      scheme.removeEventListener("change", recolour);
      theme.disconnect();
      plot.destroy();
      probe.remove();
    },
  };
}
