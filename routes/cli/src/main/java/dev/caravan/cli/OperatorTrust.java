package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.authority.CertificateRejected;
import dev.caravan.authority.EnrolmentRequest;
import dev.caravan.authority.EnrolmentRequest.EnrolmentResult;
import dev.caravan.authority.TrustStore;
import dev.caravan.broker.BrokerClient;
import dev.caravan.broker.MessageBody;
import dev.caravan.routes.Addresses;
import dev.caravan.wire.MalformedJson;
import dev.caravan.wire.WireJson;
import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.io.IOException;
import java.time.Duration;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the revocation lists of an operator fresh: the authorities are asked for them when those here are older than
 * {@link #FRESH}. Where they do not answer, the lists here serve for as long as they hold.
 */
final class OperatorTrust {
    static final Duration FRESH = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(OperatorTrust.class);
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final TrustStore trust;
    private final BrokerClient broker;

    /** @param trust has the authorities' certificates, which are never fetched: whoever answers is measured by them */
    OperatorTrust(TrustStore trust, BrokerClient broker) {
        this.trust = trust;
        this.broker = broker;
    }

    /** Fetches the lists if those here are not fresh. */
    void refresh() {
        if (!trust.isFresh(FRESH)) {
            try {
                fetch();
            } catch (JMSException | IOException e) {
                LOG.warn("the revocation lists here are not the newest: {}", e.getMessage());
            }
        }
    }

    /** The answer comes by an event, which anybody may forge: what does not fit is passed over. */
    private void fetch() throws JMSException, IOException {
        UUID id = UUID.randomUUID();
        try (Connection connection = broker.connectionFactory().createConnection();
                Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
                MessageConsumer events = session.createConsumer(session.createTopic(Addresses.EVENTS))) {
            connection.start();
            BytesMessage question = session.createBytesMessage();
            question.writeBytes(EnrolmentRequest.toJson(EnrolmentRequest.trust(id)));
            session.createProducer(session.createQueue(Addresses.AUTHORITY)).send(question);
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            String reason = "the authorities did not answer within " + PATIENCE.toSeconds() + " s";
            for (long left = PATIENCE.toMillis(); left > 0; left = (deadline - System.nanoTime()) / 1_000_000) {
                Message event = events.receive(left);
                try {
                    if (event != null && takes(event, id)) {
                        return;
                    }
                } catch (CertificateRejected | IOException e) {
                    reason = e.getMessage();
                }
            }
            throw new IOException(reason);
        }
    }

    private boolean takes(Message event, UUID id)
            throws JMSException, CertificateRejected, IOException {
        MessageBody body = MessageBody.of(event, EnrolmentRequest.MAX_ANSWER_BYTES);
        if (body.whyNot() != null) {
            return false;
        }
        try {
            JsonNode data = WireJson.tree(body.bytes()).path("data");
            if (!data.path("queryId").asText().equals(id.toString())) {
                return false;
            }
            trust.update(WireJson.value(data.path("result"), EnrolmentResult.class));
            return true;
        } catch (MalformedJson e) {
            return false;
        }
    }
}
