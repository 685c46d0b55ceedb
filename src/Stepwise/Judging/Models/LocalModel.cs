using System.Collections.Concurrent;
using System.Security.Cryptography;
using Stepwise.Files;
using Stepwise.Policies;
using Stepwise.Problems;

namespace Stepwise.Judging.Models;

/// <summary>
/// A policy that is only read, asked as a chat model by its own template. Its answers are held to the form token by token, so that they are always of it;
/// choices are scored. Questions that come while it works are answered together, which changes no answer.
/// </summary>
/// <param name="policy">The policy.</param>
/// <param name="identity">What tells its weights from all others.</param>
/// <param name="owned">Whether the policy is this one's to dispose.</param>
internal sealed class LocalModel(IPolicy policy, string identity, bool owned = true) : IChatModel, IDisposable
{
    private readonly ConcurrentQueue<Question> _waiting = [];
    private readonly SemaphoreSlim _one = new(1);

    /// <inheritdoc/>
    public string Identity => identity;

    /// <summary>Names a model by what its files hold.</summary>
    /// <param name="path">A file, or a model's folder.</param>
    /// <exception cref="InputException">A file cannot be read.</exception>
    public static string IdentityOf(string path)
    {
        try
        {
            IEnumerable<string> files = Directory.Exists(path) ? ModelFiles.Of(path).Select(file => file.Path) : [path];
            return string.Join(' ', files.Select(file =>
            {
                using FileStream stream = RegularFile.OpenRead(file);
                return Convert.ToHexStringLower(SHA256.HashData(stream));
            }));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: the judge's model cannot be read ({error.Message.TrimEnd('.')}).", error);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (owned)
        {
            policy.Dispose();
        }

        _one.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask<ChatAnswer> AskAsync(ChatRequest request, CancellationToken cancellationToken = default)
    {
        Question question = Encode(request);
        _waiting.Enqueue(question);
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Whoever comes first answers for all that wait; the others find their answers here.
            if (!question.Answer.Task.IsCompleted)
            {
                await Task.Run(() => AnswerAllAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _one.Release();
        }

        return await question.Answer.Task.ConfigureAwait(false);
    }

    private Question Encode(ChatRequest request)
    {
        try
        {
            int[] prompt = policy.Tokenizer.Encode(new ChatPrompt([new("system", request.System), new("user", request.User)]));
            return new(request, prompt, [.. request.Choices.Select(policy.Tokenizer.Encode)]);
        }
        catch (InputException error)
        {
            throw new ChatException(error.Message, error);
        }
    }

    private async Task AnswerAllAsync(CancellationToken cancellationToken)
    {
        List<Question> questions = [];
        while (_waiting.TryDequeue(out Question? question))
        {
            questions.Add(question);
        }

        try
        {
            await ChooseAsync([.. questions.Where(q => q.Choices.Length > 0 && Fits(q, q.Scored))], cancellationToken).ConfigureAwait(false);
            foreach (IGrouping<(int MaxTokens, double Temperature), Question> alike in questions
                .Where(q => q.Request.Choices.Count == 0 && Fits(q, 2)).GroupBy(q => (q.Request.MaxTokens, q.Request.Temperature)))
            {
                SamplingOptions options = new() { MaxNewTokens = alike.Key.MaxTokens, Temperature = alike.Key.Temperature };
                await WriteAsync([.. alike], options, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception error)
        {
            questions.ForEach(question => question.Answer.TrySetException(error));
            questions.ForEach(question => _ = question.Answer.Task.Exception);
        }
    }

    /// <summary>Whether a question leaves room for an answer of so many tokens; one that does not has its failure.</summary>
    private bool Fits(Question question, int tokens)
    {
        bool fits = question.Prompt.Length + tokens <= policy.ContextLength;
        if (!fits)
        {
            question.Answer.TrySetException(new ChatException(
                $"the question has {question.Prompt.Length} tokens, and the context of the judge's model {policy.ContextLength}; lower judge.maxCharacters"));
        }

        return fits;
    }

    private async Task WriteAsync(Question[] questions, SamplingOptions options, CancellationToken cancellationToken)
    {
        SampleRequest[] requests = Array.ConvertAll(questions, q => new SampleRequest(q.Prompt, [q.Request.Seed])
        {
            Constraint = q.Request.Form is { } form ? () => new JsonFormConstraint(form) : null,
        });
        IReadOnlyList<IReadOnlyList<Completion>> written = await policy.SampleAsync(requests, options, null, null, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        for (int i = 0; i < questions.Length; i++)
        {
            Completion completion = written[i][0];
            if (completion.Failed)
            {
                questions[i].Answer.TrySetException(Failure(completion));
            }
            else
            {
                questions[i].Answer.TrySetResult(new(
                    completion.Text, completion.Truncated ? ChatFinish.Length : ChatFinish.Stop, questions[i].Prompt.Length, completion.Tokens.Length));
            }
        }
    }

    /// <summary>Scores choices as beginnings of an answer that goes on for one token, so that questions which begin alike are read once.</summary>
    private async Task ChooseAsync(Question[] questions, CancellationToken cancellationToken)
    {
        SampleRequest[] requests = Array.ConvertAll(questions, q => new SampleRequest(q.Prompt, new ulong[q.Choices.Length]) { Prefixes = q.Choices });
        SamplingOptions options = new() { MaxNewTokens = questions.Select(q => q.Scored).DefaultIfEmpty(1).Max() };
        IReadOnlyList<IReadOnlyList<Completion>> scored = await policy.SampleAsync(requests, options, null, null, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        for (int i = 0; i < questions.Length; i++)
        {
            Question question = questions[i];
            if (scored[i].FirstOrDefault(completion => completion.Failed) is { } failed)
            {
                question.Answer.TrySetException(Failure(failed));
                continue;
            }

            question.Answer.TrySetResult(new("", ChatFinish.Stop, question.Prompt.Length, question.Choices.Sum(choice => choice.Length))
            {
                ChoiceLogProbs = [.. scored[i].Select(c => c.LogProbs.Take(c.PrefixTokens).Sum(logProb => (double)logProb))],
            });
        }
    }

    private static ChatException Failure(Completion failed) => new($"the judge's model failed: {failed.Failure ?? "stopped"}");

    private sealed record Question(ChatRequest Request, int[] Prompt, int[][] Choices)
    {
        /// <summary>Tokens of the longest choice and one that follows it.</summary>
        public int Scored => Choices.Max(choice => choice.Length) + 1;

        public TaskCompletionSource<ChatAnswer> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
