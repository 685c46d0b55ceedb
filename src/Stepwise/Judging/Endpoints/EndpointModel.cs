using System.ClientModel;
using System.ClientModel.Primitives;
using System.Globalization;
using OpenAI;
using OpenAI.Chat;
using Stepwise.Judging.Models;

namespace Stepwise.Judging.Endpoints;

/// <summary>A model behind an OpenAI-compatible endpoint for chats.</summary>
internal sealed class EndpointModel : IChatModel, IDisposable
{
    /// <summary>The most bytes of an answer: log-probabilities of one token, or the text of the longest one.</summary>
    internal const int MostBytes = 8 << 20;

    // The package wants some; the handler leaves it out.
    private const string NoKey = "none";

    private const int LongestMessage = 160, BadRequest = 400, Unprocessable = 422, Ok = 200;

    private readonly Uri _endpoint;
    private readonly string _model;
    private readonly string? _key;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly ChatClient _client;
    private Dialect _dialect = Dialect.Whole;

    /// <param name="endpoint">The address, with a slash at its end.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="key">The key, or <see langword="null"/> for none; goes to the endpoint alone, and into no message.</param>
    /// <param name="timeout">The longest time for an answer.</param>
    /// <param name="time">The clock.</param>
    public EndpointModel(Uri endpoint, string model, string? key, TimeSpan timeout, TimeProvider time)
    {
        (_endpoint, _model, _key, _timeout, _time) = (endpoint, model, key, timeout, time);
        SocketsHttpHandler handler = new() { AllowAutoRedirect = false, UseCookies = false, UseProxy = !EndpointAddress.IsLoopback(endpoint) };
        _http = new(new EndpointHandler(MostBytes, sendsKey: key is not null) { InnerHandler = handler }) { Timeout = Timeout.InfiniteTimeSpan };
        OpenAIClientOptions options = new()
        {
            Endpoint = endpoint,
            Transport = new HttpClientPipelineTransport(_http),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
            RetryPolicy = new ClientRetryPolicy(0),
            UserAgentApplicationId = "stepwise",
        };
        _client = new(model, new ApiKeyCredential(key ?? NoKey), options);
    }

    /// <inheritdoc/>
    public string Identity => $"{_endpoint} {_model}";

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <inheritdoc/>
    public async ValueTask<ChatAnswer> AskAsync(ChatRequest request, CancellationToken cancellationToken = default)
    {
        Dialect dialect = _dialect;
        while (true)
        {
            using PipelineResponse response = await SendAsync(dialect.Write(_model, request).ToJsonString(), cancellationToken).ConfigureAwait(false);
            if (response.Status == Ok)
            {
                ChatAnswer answer = EndpointAnswer.Read(response.Content.ToMemory(), request)
                    ?? throw new ChatException($"{_endpoint.Host}: the answer is no chat completion") { IsTransient = true };
                _dialect = dialect;
                return answer;
            }

            string said = response.Content.ToString();
            dialect = (response.Status is BadRequest or Unprocessable ? dialect.After(said, request) : null) ?? throw Refused(response, said);
        }
    }

    private async Task<PipelineResponse> SendAsync(string body, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timer = new(_timeout, _time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        using BinaryContent content = BinaryContent.Create(BinaryData.FromString(body));
        try
        {
            ClientResult result = await _client.CompleteChatAsync(
                content, new RequestOptions { ErrorOptions = ClientErrorBehaviors.NoThrow, CancellationToken = either.Token }).ConfigureAwait(false);
            return result.GetRawResponse();
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ChatException(
                string.Create(CultureInfo.InvariantCulture, $"{_endpoint.Host}: no whole answer in {_timeout.TotalSeconds:0.#} seconds (judge.timeout)"), error)
            {
                IsTransient = true,
            };
        }
        catch (Exception error) when (error is ClientResultException or HttpRequestException or IOException)
        {
            Exception cause = error.InnerException ?? error;
            throw new ChatException($"{_endpoint.Host}: {Escaped.Line(cause.Message.TrimEnd('.'), LongestMessage)}", error) { IsTransient = true };
        }
    }

    /// <summary>What a refusal means; a server may repeat the key that it was sent.</summary>
    private ChatException Refused(PipelineResponse response, string said)
    {
        string words = _key is { Length: > 0 } key ? said.Replace(key, "(the key)", StringComparison.Ordinal) : said;
        string why = response.Status switch
        {
            401 or 403 => $"it does not take the key of judge.keyFrom, {(_key is null ? "which holds none" : "or it may not use the model")}",
            404 => $"it has no model {Quoted.Of(_model)}, or speaks another protocol: {Quoted.Of(words)}",
            >= 300 and < 400 => "it redirects, which is not followed; name the address that it leads to",
            _ => Quoted.Of(words),
        };
        bool spent = said.Contains("insufficient_quota", StringComparison.Ordinal);
        return new($"{_endpoint.Host}: {response.Status}, {why}")
        {
            IsTransient = response.Status is 408 or 409 or 429 or >= 500 && !spent,
            RetryAfter = Wait(response),
        };
    }

    private TimeSpan? Wait(PipelineResponse response)
    {
        if (!response.Headers.TryGetValue("Retry-After", out string? text) || text is null)
        {
            return null;
        }

        TimeSpan? wait = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds < int.MaxValue
            ? TimeSpan.FromSeconds(seconds)
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date)
            ? date - _time.GetUtcNow()
            : null;
        return wait > TimeSpan.Zero ? wait : null;
    }
}
