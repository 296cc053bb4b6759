/** The agent: the JVM of a platform that runs the stage routes. */
package dev.caravan.agent;
