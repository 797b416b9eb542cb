package salesflow

import groovy.transform.CompileStatic
import java.sql.SQLException
import org.camunda.bpm.engine.ProcessEngine
import org.camunda.bpm.engine.impl.cfg.AbstractProcessEnginePlugin
import org.slf4j.LoggerFactory

/**
 * The order in which workers fetch, as an index. Without it every fetch reads and sorts all open tasks of its topics.
 */
@CompileStatic
class TaskOrder extends AbstractProcessEnginePlugin {
    static final String INDEX =
        'CREATE INDEX IF NOT EXISTS SALESFLOW_IDX_EXT_TASK_ORDER ON ACT_RU_EXT_TASK (PRIORITY_ DESC, CREATE_TIME_)'

    @Override
    void postProcessEngineBuild(ProcessEngine engine) {
        try (def connection = engine.processEngineConfiguration.dataSource.connection
             def statement = connection.createStatement()) {
            statement.execute(INDEX)
        } catch (SQLException error) {
            // Another node makes it at this moment, or the tables are somebody else's: slower, and nothing else.
            LoggerFactory.getLogger(TaskOrder).warn('the index for fetching is not made: {}', error.message)
        }
    }
}
