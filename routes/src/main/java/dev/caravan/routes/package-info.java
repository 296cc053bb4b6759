/**
 * The method as routes: one RouteBuilder a stage, which can be read aloud. Steps of a stage ({@code dev.caravan.stage}) do or
 * find something and return it; the route enters the stages and says the replies, so that whoever reads it sees every message
 * that leaves. What the method does to a container or asks of a TPM goes to {@code criu:} and {@code tpm:} by URI; what is
 * repaired after a failure or a crash goes by {@link dev.caravan.criu.ContainerRuntime}, since it must also work where no
 * route has run.
 */
package dev.caravan.routes;
