// The official JavaScript client as a worker process. Environment: ENGINE, ENGINE_USER, PASSWORD, TOPICS, DATABASE_PG, HANDLER, MODE.
// MODE default: as its README starts it (10 tasks, 300 ms between polls). MODE best: fetches more and does not pause.
import { BasicAuthInterceptor, Client, Variables } from "camunda-external-task-client-js";
import pg from "pg";

const env = process.env;
const best = env.MODE === "best";
const pool = env.HANDLER === "ledger" ? new pg.Pool({ connectionString: env.DATABASE_PG, max: 8 }) : null;
const client = new Client({
  baseUrl: env.ENGINE,
  interceptors: new BasicAuthInterceptor({ username: env.ENGINE_USER, password: env.PASSWORD }),
  lockDuration: 60000,
  ...(best ? { maxTasks: 32, interval: 1, maxParallelExecutions: 32, asyncResponseTimeout: 10000 } : {}),
});

async function handle({ task, taskService }) {
  if (pool) {
    await pool.query("INSERT INTO bench_entries (task_id, amount) VALUES ($1, 1)", [task.id]);
  }
  await taskService.complete(task, new Variables().set("seen", 1));
}

for (const topic of env.TOPICS.split(",")) {
  client.subscribe(topic, best ? { variables: [] } : {}, handle);
}
console.log("ready");
