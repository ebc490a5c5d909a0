import type { Customer } from './customers.ts';
import { writeIssue } from './issues.ts';
import { staffAt } from './people.ts';
import { tagSome } from './settings.ts';
import { statusAt } from './statuses.ts';
import * as words from './words.ts';
import { day, type SampleWriter } from './writer.ts';

export interface Job {
  readonly id: number;
  /** 0 planned, 1 in progress, 2 complete. */
  readonly step: number;
  readonly issue: number;
  readonly tasks: readonly Task[];
}

export interface Task {
  readonly id: number;
  readonly assignee: number;
  /** Seconds that were worked on it, whole quarters of an hour; budgeted less remaining. */
  readonly seconds: number;
  /** Unix seconds at which work on it began. */
  readonly began: number;
}

/** A customer's job with its milestones and tasks, and an issue. */
export async function writeWork(w: SampleWriter, customer: Customer): Promise<Job> {
  const { at: i, company, affiliation, since, manager } = customer;
  const step = i % 3;
  const job = await w.put(
    'jobs',
    {
      title: `${words.pick(words.jobs, i)} ${i + 1}`,
      against_type: 'company',
      against_id: company,
      affiliation,
      manager,
      job_type: w.pick('job_types', i),
      status: statusAt(w, 'job', step),
      rate: w.pick('rates', i % 4 === 3 ? 1 : 0),
      date_created: since,
      date_started: since + day,
      ...(step === 2 ? { date_commenced: since + day } : {}),
      date_due: since + 60 * day,
      custom_id: `J-${i + 1}`,
    },
    { at: since + step * day, by: manager },
  );
  await w.putMoves('jobs', job, step, { at: since, by: manager });
  await putSchedule(w, { type: 'job', id: job }, since, 60);
  await tagSome(w, 'job', job, i + 1);
  const tasks: Task[] = [];
  for (let k = 0; k < words.jobStages.length; k++) tasks.push(await writeStage(w, customer, job, k));
  await w.put('services', {
    against_type: 'job',
    against_id: job,
    service_template: w.pick('item_templates', 0),
    time_estimate: 8 * 3_600,
    price_estimate: 96_000,
  });
  if (i % 3 === 0)
    await w.put('contributors', {
      description: 'Knows the planet',
      against_type: 'job',
      against_id: job,
      object_type: i % 2 === 0 ? 'staff' : 'affiliation',
      object_id: i % 2 === 0 ? staffAt(w, i + 2) : affiliation,
      contributor_type: w.pick('contributor_types', i),
    });
  return { id: job, step, issue: await writeIssue(w, customer), tasks };
}

/** How far stage `k` of a job is: those before the present one are complete, those after it are planned. */
const stageStep = (jobStep: number, k: number): number => (jobStep === 1 ? ([2, 1, 0][k] ?? 0) : jobStep);

/** A milestone, and its task. */
async function writeStage(
  w: SampleWriter,
  { at: i, since, manager }: Customer,
  job: number,
  k: number,
): Promise<Task> {
  const step = stageStep(i % 3, k);
  const began = since + k * 20 * day;
  const stage = words.pick(words.jobStages, k);
  const milestone = await w.put(
    'milestones',
    {
      title: stage,
      description: `What ${stage.toLowerCase()} takes.`,
      job,
      ordering: k + 1,
      manager,
      status: statusAt(w, 'milestone', step),
      date_created: since,
      date_started: began,
      ...(step === 2 ? { date_commenced: began + day } : {}),
      date_due: began + 20 * day,
    },
    { at: began + step * day, by: manager },
  );
  await w.putMoves('milestones', milestone, step, { at: began, by: manager });
  await w.put('object_budgets', { against_type: 'milestone', against_id: milestone });
  await putSchedule(w, { type: 'milestone', id: milestone }, began, 20);
  const assignee = staffAt(w, i + k);
  // A task has one status more than its milestone: those that were accepted wait to be started.
  const taskStep = [i % 2, 2, 3][step] ?? 0;
  const budgeted = 3_600 * (2 + (i % 8));
  const seconds = [0, budgeted / 4, budgeted][step] ?? 0;
  const task = await w.put(
    'tasks',
    {
      title: words.pick(words.tasks, i + k),
      description: `For ${stage.toLowerCase()}.`,
      against_type: 'milestone',
      against_id: milestone,
      assignee,
      manager,
      task_status: statusAt(w, 'task', taskStep),
      task_type: w.pick('task_types', k),
      task_priority: w.pick('task_priorities', i + k),
      ...(taskStep > 0 ? { date_accepted: began + day } : {}),
      ...(taskStep === 3 ? { date_commenced: began + 2 * day } : {}),
      date_created: since,
      date_started: began,
      date_due: began + 20 * day,
      budgeted,
      // Logging time lessens what remains.
      remaining: budgeted,
      ordering: k + 1,
    },
    { at: began + taskStep * day, by: manager },
  );
  await w.putMoves('tasks', task, taskStep, { at: began, by: manager });
  await putSchedule(w, { type: 'task', id: task }, began, 20);
  if (k === 1)
    await w.put('skill_assignments', { skill: w.pick('skills', i), against_type: 'task', against_id: task });
  return { id: task, assignee, seconds, began };
}

const putSchedule = (
  w: SampleWriter,
  { type, id }: { readonly type: string; readonly id: number },
  start: number,
  days: number,
): Promise<number> =>
  w.put('object_schedules', {
    against_type: type,
    against_id: id,
    date_planned_start: start,
    date_planned_due: start + days * day,
    date_predicted_start: start,
    date_predicted_end: start + (days + 2) * day,
  });
