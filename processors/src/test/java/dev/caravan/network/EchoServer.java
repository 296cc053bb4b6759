package dev.caravan.network;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;

/** Run as a program inside a namespace: gives every byte of every connection back, one connection at a time. */
final class EchoServer {
    private EchoServer() {
    }

    public static void main(String[] arguments) throws IOException {
        try (ServerSocket server = new ServerSocket(Integer.parseInt(arguments[0]))) {
            System.out.println("listening");
            while (true) {
                try (Socket socket = server.accept()) {
                    socket.getInputStream().transferTo(socket.getOutputStream());
                }
            }
        }
    }
}
