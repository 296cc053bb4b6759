package dev.caravan.routes.event;

import dev.caravan.authority.EventKey;
import dev.caravan.event.SignedEvent;
import dev.caravan.routes.CaravanHeaders;
import java.io.IOException;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;

/** Signs the body as an event, and takes another event key when half of the present one's time is over. */
public final class EventSigning implements Processor {
    private final Keys keys;
    private volatile EventKey key;

    /** Where event keys come from. */
    public interface Keys {
        EventKey make() throws IOException;
    }

    public EventSigning(Keys keys) {
        this.keys = keys;
    }

    /** Makes the first key before it is needed: whoever asks many hosts does not wait long for the slower ones. */
    public void prepare() throws IOException {
        present();
    }

    @Override
    public void process(Exchange exchange) throws IOException {
        Message message = exchange.getMessage();
        SignedEvent event = SignedEvent.of(message.getBody(byte[].class), present());
        message.removeHeaders("caravan_*");
        message.setHeader(CaravanHeaders.SIGNATURE, event.signature());
        message.setHeader(CaravanHeaders.CERTIFICATE, event.certificate());
        if (event.eventKey() != null) {
            message.setHeader(CaravanHeaders.EVENT_KEY, event.eventKey());
        }
    }

    private synchronized EventKey present() throws IOException {
        if (key == null || key.isDue()) {
            key = keys.make();
        }
        return key;
    }
}
