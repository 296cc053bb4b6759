package dev.caravan.routes;

import dev.caravan.broker.MessageBody;
import dev.caravan.wire.Excerpt;
import jakarta.jms.JMSException;
import jakarta.jms.Queue;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.component.jms.JmsMessage;
import org.apache.camel.support.DefaultMessage;

/**
 * The first step of every route that takes messages from the broker: nothing of the JMS message is left after it but
 * bytes, and headers that are text of a bounded length. What has another form or size is refused. What can never be
 * handled becomes one dead letter, which {@link #letter} makes.
 */
public final class Intake implements Processor {
    /** Exchange property: the bytes that came, or the beginning of what was refused unread; for the dead letter. */
    public static final String RECEIVED = "caravan.received";
    /** Exchange property: the queue that the sender wants the answer in; null if it names none. */
    public static final String REPLY_TO = "caravan.replyTo";
    /** Exchange property: by what the sender knows the answer. */
    public static final String CORRELATION = "caravan.correlation";

    /** After so many failures in a row that nobody expected a message is given up; the broker's own bound is higher. */
    private static final int ATTEMPTS = 3;
    private static final int CORRELATION_CHARACTERS = 128;
    private static final String ATTEMPT = "caravan.attempt";

    private final String what;
    private final Function<String, Exception> refusal;

    /**
     * @param what    what is taken, as the beginning of a sentence: {@code the request}
     * @param refusal makes the exception that refuses a message, from its reason
     */
    public Intake(String what, Function<String, Exception> refusal) {
        this.what = what;
        this.refusal = refusal;
    }

    @Override
    public void process(Exchange exchange) throws Exception {
        Message came = exchange.getMessage();
        if (came instanceof JmsMessage jms && jms.getJmsMessage() != null) {
            note(exchange, jms.getJmsMessage());
        }
        Object body = came.getBody();
        MessageBody unread = body instanceof MessageBody refused ? refused : null;
        exchange.setProperty(RECEIVED, unread == null ? came.getBody(byte[].class) : unread.bytes());
        Map<String, Object> headers = came.getHeaders();
        Message taken = new DefaultMessage(exchange.getContext());
        exchange.setMessage(taken);
        if (unread != null) {
            throw refusal.apply(what + " " + unread.whyNot());
        }
        taken.setBody(exchange.getProperty(RECEIVED));
        taken.setHeaders(checked(headers));
    }

    private static void note(Exchange exchange, jakarta.jms.Message message) throws JMSException {
        exchange.setProperty(ATTEMPT, message.getIntProperty("JMSXDeliveryCount"));
        String correlation = message.getJMSCorrelationID();
        exchange.setProperty(CORRELATION, correlation == null || correlation.length() > CORRELATION_CHARACTERS
                ? message.getJMSMessageID()
                : correlation);
        if (message.getJMSReplyTo() instanceof Queue queue) {
            exchange.setProperty(REPLY_TO, queue.getQueueName());
        }
    }

    private Map<String, Object> checked(Map<String, Object> headers) throws Exception {
        Map<String, Object> checked = new HashMap<>();
        for (Map.Entry<String, Integer> header : CaravanHeaders.TAKEN.entrySet()) {
            Object value = headers.get(header.getKey());
            if (value == null) {
                continue;
            }
            if (!(value instanceof String text)) {
                throw refusal.apply("header " + header.getKey() + " of " + what + " is no text, but \""
                        + Excerpt.value(value) + "\"");
            }
            if (text.length() > header.getValue()) {
                throw refusal.apply("header " + header.getKey() + " of " + what + " has " + text.length()
                        + " characters; at most " + header.getValue());
            }
            checked.put(header.getKey(), text);
        }
        return checked;
    }

    /** Whether the broker is to deliver the message once more, after a failure that may pass. */
    public static boolean mayComeAgain(Exchange exchange) {
        return exchange.getProperty(ATTEMPT, ATTEMPTS, Integer.class) < ATTEMPTS;
    }

    /** Why the exchange failed, in one short line. */
    public static String reason(Exchange exchange) {
        return reason(exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class));
    }

    /** What is behind Camel's own exceptions, in one short line. */
    static String reason(Throwable failure) {
        Throwable why = failure;
        while (why instanceof RuntimeCamelException && why.getCause() != null) {
            why = why.getCause();
        }
        return Excerpt.reason(why.getMessage() == null ? why.getClass().getSimpleName() : why.getMessage());
    }

    /** Makes of the exchange what goes to the dead letters: what came, and why it is there. */
    public static Processor letter(String stage) {
        return exchange -> {
            Message letter = new DefaultMessage(exchange.getContext());
            exchange.setMessage(letter);
            letter.setBody(exchange.getProperty(RECEIVED, new byte[0], byte[].class));
            letter.setHeader(CaravanHeaders.REASON, reason(exchange));
            letter.setHeader(CaravanHeaders.STAGE, stage);
            letter.setHeader(CaravanHeaders.EXCEPTION,
                    exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class).getClass().getName());
        };
    }
}
