using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Stepwise.Tests.Judging.Endpoints;

/// <summary>A request as the server got it.</summary>
internal sealed record ServerRequest(string Path, IReadOnlyDictionary<string, string> Headers, JsonNode Body)
{
    public string System => Content(0);

    public string User => Content(1);

    private string Content(int message) => Body["messages"]![message]!["content"]!.GetValue<string>();
}

/// <summary>What the server does with a request.</summary>
internal sealed record ServerAnswer(int Status, string Body)
{
    public (string Name, string Value)? Header { get; init; }

    /// <summary>The connection ends after so many bytes of the body, though all of it was announced; below 0 before a word was said.</summary>
    public int CutAfter { get; init; } = int.MaxValue;

    /// <summary>The body comes again and again, without end.</summary>
    public bool Endless { get; init; }

    /// <summary>The connection stays open after <see cref="CutAfter"/>, and this happens then.</summary>
    public Action? Stall { get; init; }

    /// <summary>A chat completion.</summary>
    public static ServerAnswer Of(string content, long tokensIn = 100, long tokensOut = 10) => new(200, JsonSerializer.Serialize(new
    {
        choices = new[] { new { index = 0, message = new { role = "assistant", content }, finish_reason = "stop" } },
        usage = new { prompt_tokens = tokensIn, completion_tokens = tokensOut },
    }));
}

/// <summary>An endpoint on this machine that does to each request what a test says.</summary>
internal sealed class FaultServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();
    private readonly Func<ServerRequest, ServerAnswer> _answer;

    public FaultServer(Func<ServerRequest, ServerAnswer> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/v1/");

    public ConcurrentQueue<ServerRequest> Requests { get; } = [];

    public void Dispose()
    {
        _over.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_over.Token));
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using TcpClient held = client;
        try
        {
            NetworkStream stream = client.GetStream();
            ServerRequest request = await ReadAsync(stream);
            Requests.Enqueue(request);
            await AnswerAsync(stream, _answer(request));
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The client had enough.
        }
    }

    private async Task<ServerRequest> ReadAsync(NetworkStream stream)
    {
        List<byte> head = [];
        byte[] one = new byte[1];
        while (head is not [.., 13, 10, 13, 10])
        {
            await stream.ReadExactlyAsync(one, _over.Token);
            head.Add(one[0]);
        }

        string[] lines = Encoding.ASCII.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
        foreach (string line in lines.Skip(1))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            headers[line[..colon]] = line[(colon + 1)..].Trim();
        }

        byte[] body = new byte[int.Parse(headers["Content-Length"], CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body, _over.Token);
        return new(lines[0].Split(' ')[1], headers, JsonNode.Parse(body)!);
    }

    private async Task AnswerAsync(NetworkStream stream, ServerAnswer answer)
    {
        byte[] body = Encoding.UTF8.GetBytes(answer.Body);
        if (answer.CutAfter >= 0)
        {
            string header = answer.Header is { } h ? $"{h.Name}: {h.Value}\r\n" : "";
            string length = answer.Endless ? "" : $"Content-Length: {body.Length}\r\n";
            await stream.WriteAsync(
                Encoding.ASCII.GetBytes($"HTTP/1.1 {answer.Status} -\r\nContent-Type: application/json\r\nConnection: close\r\n{length}{header}\r\n"), _over.Token);
            do
            {
                await stream.WriteAsync(body.AsMemory(0, Math.Min(answer.CutAfter, body.Length)), _over.Token);
            }
            while (answer.Endless);
        }

        if (answer.Stall is { } stall)
        {
            stall();
            await Task.Delay(Timeout.Infinite, _over.Token);
        }
    }
}
