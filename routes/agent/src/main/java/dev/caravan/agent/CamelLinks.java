package dev.caravan.agent;

import dev.caravan.routes.Direct;
import dev.caravan.control.ControlMessage;
import dev.caravan.migration.BatchLink;
import dev.caravan.migration.ControlLink;
import dev.caravan.migration.Migration;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.migration.Migrations;
import dev.caravan.routes.Addresses;
import dev.caravan.routes.CaravanHeaders;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.JMSSecurityException;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends control messages and batches by the agent's routes. */
final class CamelLinks implements ControlLink, BatchLink {
    private static final Logger LOG = LoggerFactory.getLogger(CamelLinks.class);

    private final ProducerTemplate producer;
    private final Migrations migrations;
    private final ControlOutbox outbox = new ControlOutbox(this::sendOnce);

    CamelLinks(ProducerTemplate producer, Migrations migrations) {
        this.producer = producer;
        this.migrations = migrations;
    }

    @Override
    public void send(ControlMessage message) {
        Optional<Migration> migration = migrations.find(message.migrationId());
        CompletableFuture<Void> sent = outbox.put(message);
        try {
            if (migration.isPresent()) {
                migration.get().await(sent);
                migration.get().heard();
            } else {
                sent.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure(message, e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof MigrationFailed failed ? failed : failure(message, e.getCause());
        } finally {
            // whoever is released before it was sent wants it no more
            sent.cancel(false);
        }
    }

    @Override
    public void sendWhenPossible(ControlMessage message) {
        outbox.put(message).exceptionally(failure -> {
            if (!(failure instanceof CancellationException)) {
                // the watchdogs of both sides repeat what matters
                LOG.warn("{} of migration {} was not sent: {}", message.type().label(), message.migrationId(),
                        failure.getMessage());
            }
            return null;
        });
    }

    private void sendOnce(ControlMessage message, UUID delivery) {
        Exchange result = producer.send(Direct.SEND_CONTROL, exchange -> {
            exchange.getMessage().setBody(message);
            exchange.getMessage().setHeader(CaravanHeaders.DELIVERY, delivery.toString());
        });
        if (result.getException() != null) {
            requireKnownHost(message, result.getException());
            throw failure(message, result.getException());
        }
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

    private static void requireKnownHost(ControlMessage message, Exception failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof InvalidDestinationException || cause instanceof JMSSecurityException
                    || cause instanceof org.springframework.jms.InvalidDestinationException) {
                throw new ControlOutbox.UnknownHost(message, failure);
            }
        }
    }

    private static MigrationFailed failure(ControlMessage message, Throwable failure) {
        return new MigrationFailed("broker",
                message.type().label() + " could not be sent to " + message.to() + ": " + failure.getMessage(),
                failure);
    }
}
