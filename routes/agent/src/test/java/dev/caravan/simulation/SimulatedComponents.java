package dev.caravan.simulation;

import dev.caravan.tpm.PcrSelection;
import dev.caravan.tpm.TpmConstants;
import dev.caravan.tpm.TpmKey;
import java.util.HashMap;
import java.util.Map;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.DefaultEndpoint;
import org.apache.camel.support.DefaultProducer;

/** Components that take the place of those that reach out of an agent: the broker, the clock, the TPM. */
final class SimulatedComponents {
    private static final String DESTINATION = "CamelJmsDestinationName";

    private SimulatedComponents() {
    }

    /** What an endpoint does with an exchange that it is sent; null if it cannot be sent any. */
    interface Sending {
        void send(String name, Exchange exchange) throws Exception;
    }

    /** What becomes of a route that begins at an endpoint. */
    interface Beginning {
        void begin(String name, Processor route);
    }

    /** {@code jms:}: queues are those of the simulated broker. */
    static DefaultComponent jms(SimulatedAgent agent) {
        return new Simulated((name, exchange) -> {
            String destination = exchange.getMessage().getHeader(DESTINATION, name, String.class)
                    .replaceFirst("^(queue|topic):", "");
            Map<String, Object> headers = new HashMap<>();
            exchange.getMessage().getHeaders().forEach((header, value) -> {
                if (value instanceof String && !header.startsWith("Camel")) {
                    headers.put(header, value);
                }
            });
            agent.send(destination, exchange.getMessage().getMandatoryBody(byte[].class), headers);
        }, (name, route) -> agent.consumer(name.replaceFirst("^(queue|topic):", ""), route));
    }

    /** {@code timer:}: it is due when the simulation says so. */
    static DefaultComponent timer(SimulatedAgent agent) {
        return new Simulated(null, agent::timer);
    }

    /** {@code tpm:}, as far as migrations need it: a software TPM that all share. */
    static DefaultComponent tpm(SimulatedAgent agent, Authorities.Enrolled platform) {
        return new Simulated((name, exchange) -> {
            if (agent.stepFails("tpm")) {
                throw new IllegalStateException("the TPM does not answer");
            }
            TpmKey key = exchange.getMessage().getHeader(TpmConstants.KEY, TpmKey.class);
            byte[] body = exchange.getMessage().getMandatoryBody(byte[].class);
            exchange.getMessage().setBody(name.equals("sign")
                    ? platform.tpm().sign(key, body)
                    : platform.tpm().quote(key, body, PcrSelection.parse(
                            exchange.getMessage().getHeader(TpmConstants.PCRS, "0,1,2,3,4,5,6,7", String.class))));
        }, null);
    }

    private static final class Simulated extends DefaultComponent {
        private final Sending sending;
        private final Beginning beginning;

        private Simulated(Sending sending, Beginning beginning) {
            this.sending = sending;
            this.beginning = beginning;
        }

        @Override
        protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) {
            parameters.clear();
            return new DefaultEndpoint(uri, this) {
                @Override
                public Producer createProducer() {
                    return new DefaultProducer(this) {
                        @Override
                        public void process(Exchange exchange) throws Exception {
                            sending.send(remaining, exchange);
                        }
                    };
                }

                @Override
                public Consumer createConsumer(Processor processor) {
                    beginning.begin(remaining, processor);
                    return new DefaultConsumer(this, processor);
                }
            };
        }
    }
}
