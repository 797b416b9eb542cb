// The official Java client as a worker process. Environment: ENGINE, ENGINE_USER, PASSWORD, TOPICS, DATABASE, HANDLER, MODE.
// MODE default: as its documentation starts it. MODE best: fetches more, waits for nothing, a pool of eight completes.
import java.sql.DriverManager
import java.util.concurrent.ArrayBlockingQueue
import java.util.concurrent.ThreadPoolExecutor
import java.util.concurrent.TimeUnit
import org.camunda.bpm.client.ExternalTaskClient
import org.camunda.bpm.client.interceptor.auth.BasicAuthProvider
import org.camunda.bpm.client.task.ExternalTask
import org.camunda.bpm.client.task.ExternalTaskService

@groovy.transform.CompileStatic
class Work {
    static final Map<String, String> ENV = System.getenv()
    static final ThreadLocal<java.sql.Connection> CONNECTION = ThreadLocal.<java.sql.Connection> withInitial {
        DriverManager.getConnection(ENV.DATABASE)
    }
    static final ThreadPoolExecutor POOL = new ThreadPoolExecutor(
        8, 8, 1, TimeUnit.MINUTES, new ArrayBlockingQueue<Runnable>(32), new ThreadPoolExecutor.CallerRunsPolicy())

    static void handle(ExternalTask task, ExternalTaskService service) {
        if (ENV.HANDLER == 'ledger') {
            def connection = CONNECTION.get()
            connection.autoCommit = false
            connection.prepareStatement('INSERT INTO bench_entries (task_id, amount) VALUES (?, 1)').withCloseable {
                it.setString(1, task.id)
                it.executeUpdate()
            }
            connection.commit()
        }
        service.complete(task, ['seen': (Object) 1L])
    }

    static void run() {
        boolean best = ENV.MODE == 'best'
        def builder = ExternalTaskClient.create()
            .baseUrl(ENV.ENGINE)
            .asyncResponseTimeout(10000)
            .addInterceptor(new BasicAuthProvider(ENV.ENGINE_USER, ENV.PASSWORD))
        if (best) {
            builder.maxTasks(32).disableBackoffStrategy()
        }
        def client = builder.build()
        for (String topic : ENV.TOPICS.split(',')) {
            def subscription = client.subscribe(topic).lockDuration(60000)
            if (best) {
                subscription.variables()
            }
            subscription.handler { ExternalTask task, ExternalTaskService service ->
                best ? POOL.execute { handle(task, service) } : handle(task, service)
            }.open()
        }
    }
}

Work.run()
println 'ready'
Thread.currentThread().join()
