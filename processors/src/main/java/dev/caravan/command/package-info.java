/** The seam to programs outside the JVM: started without a shell, fed bytes, bounded in time and output. */
package dev.caravan.command;
