package dev.caravan.agent;

import dev.caravan.routes.Direct;
import dev.caravan.control.ControlMessage;
import dev.caravan.migration.BatchLink;
import dev.caravan.migration.ControlLink;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.routes.Addresses;
import dev.caravan.routes.CaravanHeaders;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.JMSSecurityException;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends control messages and batches by the agent's routes. */
final class CamelLinks implements ControlLink, BatchLink {
    private static final Logger LOG = LoggerFactory.getLogger(CamelLinks.class);
    private static final int MAX_WAITING = 1_000;

    private final ProducerTemplate producer;
    private final ExecutorService later = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(MAX_WAITING), work -> {
                Thread thread = new Thread(work, "control messages");
                thread.setDaemon(true);
                return thread;
            }, new ThreadPoolExecutor.DiscardPolicy());

    CamelLinks(ProducerTemplate producer) {
        this.producer = producer;
    }

    @Override
    public void send(ControlMessage message) {
        Exchange result = producer.send(Direct.SEND_CONTROL, exchange -> exchange.getMessage().setBody(message));
        if (result.getException() != null) {
            throw failure(message, result.getException());
        }
    }

    @Override
    public void sendWhenPossible(ControlMessage message) {
        later.execute(() -> {
            try {
                send(message);
            } catch (MigrationFailed e) {
                // the watchdogs of both sides repeat what matters
                LOG.warn("{} of migration {} was not sent: {}", message.type().label(), message.migrationId(),
                        e.getMessage());
            }
        });
    }

    @Override
    public void send(String platform, UUID migration, byte[] batch) {
        Exchange result = producer.send(Direct.SEND_BATCH, exchange -> {
            exchange.setProperty("address", Addresses.batches(platform));
            exchange.getMessage().setBody(batch);
            exchange.getMessage().setHeader(CaravanHeaders.MIGRATION, migration.toString());
        });
        if (result.getException() != null) {
            throw new IllegalStateException("a batch was not sent", result.getException());
        }
    }

    private static MigrationFailed failure(ControlMessage message, Exception failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof InvalidDestinationException || cause instanceof JMSSecurityException
                    || cause instanceof org.springframework.jms.InvalidDestinationException) {
                return new MigrationFailed("unknown-host", "destination is \"" + message.to()
                        + "\", which is no host that has joined; 'caravan list' shows all", failure);
            }
        }
        return new MigrationFailed("broker",
                message.type().label() + " could not be sent to " + message.to() + ": " + failure.getMessage(),
                failure);
    }
}
