package salesflow

import com.fasterxml.jackson.core.JsonProcessingException
import com.fasterxml.jackson.databind.ObjectMapper
import groovy.transform.CompileStatic
import jakarta.ws.rs.Consumes
import jakarta.ws.rs.GET
import jakarta.ws.rs.POST
import jakarta.ws.rs.Path
import jakarta.ws.rs.Produces
import jakarta.ws.rs.core.MediaType
import jakarta.ws.rs.core.Response
import org.camunda.bpm.engine.ProcessEngine
import org.camunda.bpm.engine.ProcessEngineException
import org.camunda.bpm.engine.authorization.Permissions
import org.camunda.bpm.engine.impl.cfg.ProcessEngineConfigurationImpl
import org.camunda.bpm.engine.impl.cmd.CompleteExternalTaskCmd
import org.camunda.bpm.engine.impl.interceptor.Command
import org.camunda.bpm.engine.impl.interceptor.CommandContext
import org.camunda.bpm.engine.impl.persistence.entity.ExternalTaskEntity
import org.camunda.bpm.engine.rest.dto.VariableValueDto
import org.camunda.bpm.engine.rest.dto.externaltask.CompleteExternalTaskDto
import org.camunda.bpm.engine.rest.exception.ExceptionHandlerHelper
import org.camunda.bpm.engine.rest.exception.InvalidRequestException
import org.camunda.bpm.engine.rest.exception.RestException
import org.camunda.bpm.engine.rest.mapper.JacksonConfigurator
import org.camunda.bpm.engine.rest.sub.externaltask.impl.ExternalTaskResourceImpl
import org.camunda.bpm.engine.rest.util.EngineUtil
import org.slf4j.Logger
import org.slf4j.LoggerFactory

/**
 * Completes many external tasks in one engine command: one transaction, one commit.
 *
 * What cannot go together is completed one by one afterwards, by the engine's own resource, in the order of the request:
 * tasks that this worker does not hold, further tasks of a case of which one is in the command already (its completion may
 * end or change them), and all of them when the command fails, for then nothing of it was committed. Each task's answer
 * is given after its commit; the answers come in the order of the request. Authentication is the REST filter's; a right on
 * all processes is looked up once, any other task by task, as the engine does for a single completion.
 */
@Path('/salesflow/external-task/complete')
@Produces(MediaType.APPLICATION_JSON)
@CompileStatic
class BatchCompletion {
    static final int MOST_TASKS = 100

    private static final Logger LOG = LoggerFactory.getLogger(BatchCompletion)
    private static final ObjectMapper JSON = JacksonConfigurator.configureObjectMapper(new ObjectMapper())
    private static final Map<String, Object> DONE = Collections.unmodifiableMap([status: (Object) 204])

    static class Completion {
        String id
        Map<String, VariableValueDto> variables
    }

    static class Batch {
        String workerId
        List<Completion> tasks
    }

    /** That there is such a resource, and how much it takes. */
    @GET
    Map<String, Object> offer() {
        [maxTasks: (Object) MOST_TASKS]
    }

    /** For each task what a single completion would answer: `status`, and `type` and `message` when it is refused. */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    Response complete(InputStream body) {
        Batch batch
        try {
            batch = JSON.readValue(body, Batch)
        } catch (JsonProcessingException error) {
            throw new InvalidRequestException(Response.Status.BAD_REQUEST, error, 'not a batch of completions')
        }
        if (!batch?.workerId || !batch.tasks || batch.tasks.size() > MOST_TASKS || batch.tasks.any { !it?.id }) {
            throw new InvalidRequestException(Response.Status.BAD_REQUEST,
                "workerId and 1 to ${MOST_TASKS} tasks with an id each are needed".toString())
        }
        def engine = EngineUtil.lookupProcessEngine(null)
        def done = together(engine, batch)
        Response.ok((0..<batch.tasks.size()).collect { int place ->
            done.get(place) ? DONE : single(engine, batch.workerId, batch.tasks[place])
        }).build()
    }

    /** The places of the tasks that are completed and committed. */
    private static BitSet together(ProcessEngine engine, Batch batch) {
        def configuration = (ProcessEngineConfigurationImpl) engine.processEngineConfiguration
        try {
            return configuration.commandExecutorTxRequired.execute(new Together(engine, batch))
        } catch (ProcessEngineException | RestException error) { // of one of them, which gets it as its answer
            LOG.debug('a batch is completed one by one', error)
        } catch (Exception error) {
            LOG.warn('a batch is completed one by one', error)
        }
        new BitSet()
    }

    private static Map<String, Object> single(ProcessEngine engine, String workerId, Completion completion) {
        try {
            def dto = new CompleteExternalTaskDto(workerId: workerId, variables: completion.variables)
            new ExternalTaskResourceImpl(engine, completion.id, JSON).complete(dto)
            return DONE
        } catch (Exception error) {
            def helper = ExceptionHandlerHelper.instance
            def told = helper.fromException(error)
            return [status: (Object) helper.getStatus(error).statusCode, type: (Object) told.type, message: (Object) told.message]
        }
    }

    /** The one command. It leaves out what it must not mix, and fails as a whole when one completion fails. */
    static class Together implements Command<BitSet> {
        private final ProcessEngine engine
        private final Batch batch

        Together(ProcessEngine engine, Batch batch) {
            this.engine = engine
            this.batch = batch
        }

        @Override
        BitSet execute(CommandContext context) {
            def done = new BitSet()
            def cases = new HashSet<String>()
            def rights = context.authorizationManager
            def mayAll = rights instanceof Rights && rights.onAllProcesses(Permissions.UPDATE_INSTANCE)
            batch.tasks.eachWithIndex { Completion completion, int place ->
                def task = context.externalTaskManager.findExternalTaskById(completion.id)
                if (mayGo(context, task) && cases.add(task.execution.rootProcessInstanceId)) {
                    def variables = VariableValueDto.toMap(completion.variables, engine, JSON)
                    def one = new CompleteExternalTaskCmd(completion.id, batch.workerId, variables, null)
                    mayAll ? context.runWithoutAuthorization { one.execute(context) } : one.execute(context)
                    done.set(place)
                }
            }
            done
        }

        /** Whether this worker holds it, and nothing that came before in this command has ended it. */
        private boolean mayGo(CommandContext context, ExternalTaskEntity task) {
            task != null && task.workerId == batch.workerId && !context.dbEntityManager.isDeleted(task) && task.execution != null
        }
    }
}
