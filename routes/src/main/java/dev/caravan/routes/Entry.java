package dev.caravan.routes;

import dev.caravan.journal.Stage;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/** The step of a route by which its migration enters a stage; a route's definition tells which. */
record Entry(Stage stage, Processor entering) implements Processor {

    @Override
    public void process(Exchange exchange) throws Exception {
        entering.process(exchange);
    }

    /** As a route's description has it. */
    @Override
    public String toString() {
        return "enter " + stage.label();
    }
}
