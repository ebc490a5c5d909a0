import { causes, pointsOf, type RowName } from '../src/contract/causes.ts';
import {
  type RefusalPoint,
  type Stage,
  type Surface,
  stageOfPoint,
  stages,
  stagesOfSurface,
  surfaces,
} from '../src/contract/stages.ts';

const names = Object.keys(causes) as RowName[];

/** Whether a cause may come from any stage of a surface. */
const isAnywhere = (cause: RowName, surface: Surface): boolean =>
  stagesOfSurface[surface].every((stage) => pointsOf(cause, surface).includes(stage));

function pointsText(points: readonly RefusalPoint[]): string {
  const steps = points.map((point) => {
    const stage = stageOfPoint(point);
    return stage === point ? stage : `${stage} (${point})`;
  });
  return steps.join(', ');
}

/** The column `raisedAt` of a cause in one line: `api: parameters, operation; token, revoke: operation`. */
export function stagesText(cause: RowName): string {
  const bySurface = surfaces
    .filter((surface) => pointsOf(cause, surface).length > 0)
    .map((surface) => ({
      surface,
      text: isAnywhere(cause, surface) ? 'any' : pointsText(pointsOf(cause, surface)),
    }));
  const groups = Map.groupBy(bySurface, ({ text }) => text);
  if (groups.size === 1 && bySurface.length === surfaces.length) return bySurface[0]?.text ?? '';
  return [...groups]
    .map(([text, same]) => `${same.map(({ surface }) => surface).join(', ')}: ${text}`)
    .join('; ');
}

const causesAt = (stage: Stage, surface: Surface): string =>
  names
    .filter((cause) => !isAnywhere(cause, surface))
    .filter((cause) => pointsOf(cause, surface).some((point) => stageOfPoint(point) === stage))
    .map((cause) => `\`${cause}\``)
    .join(', ');

/** The causes by stage and surface, as a section in Markdown. */
export function stagesSection(): string {
  const rows = stages.map((stage) => {
    const cells = surfaces.map((surface) =>
      stagesOfSurface[surface].includes(stage) ? causesAt(stage, surface) || 'none' : '',
    );
    return `| ${stage} | ${cells.join(' | ')} |`;
  });
  const anywhere = names.filter((cause) => isAnywhere(cause, 'api')).map((cause) => `\`${cause}\``);
  return [
    '## By stage',
    `Where each cause is raised. A cell is empty where a surface does not have the stage. Any stage may end with ${anywhere.join(', ')}.`,
    [`| stage | ${surfaces.join(' | ')} |`, `|--|${surfaces.map(() => '--|').join('')}`, ...rows].join('\n'),
  ].join('\n\n');
}
