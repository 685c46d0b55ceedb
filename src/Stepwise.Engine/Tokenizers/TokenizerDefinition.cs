using Stepwise.Engine.Templates;
using Stepwise.Problems;

namespace Stepwise.Engine.Tokenizers;

/// <summary>A token that is recognised in text before any splitting.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="Special">Whether it is left out of decoded text.</param>
/// <param name="Normalized">Whether it is looked for after the text is normalised instead of before.</param>
internal sealed record AddedToken(int Id, string Content, bool Special, bool Normalized = false);

/// <summary>What a byte-level BPE tokenizer is made of, from whatever file; not yet checked.</summary>
internal sealed record TokenizerDefinition
{
    /// <summary>The file, for messages.</summary>
    public required string Origin { get; init; }

    /// <summary>Token → id, tokens written in the <see cref="ByteAlphabet"/>.</summary>
    public required Dictionary<string, int> Vocabulary { get; init; }

    /// <summary>Pairs to merge, the most urgent first.</summary>
    public IReadOnlyList<(string Left, string Right)> Merges { get; init; } = [];

    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    public PreTokenizer PreTokenizer { get; init; } = PreTokenizer.Gpt2;

    /// <summary>Whether text is brought into Unicode's normalization form C first.</summary>
    public bool Normalizes { get; init; }

    /// <summary>Whether a word that is a token is taken whole, whatever the merges would make of it.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>The ids that are put before a text that is a prompt of its own, such as a begin token.</summary>
    public IReadOnlyList<int> TextStart { get; init; } = [];

    /// <summary>The Jinja template of chats; <see langword="null"/> where there is none.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>The file that holds <see cref="ChatTemplate"/>, for messages; <see langword="null"/> for <see cref="Origin"/>.</summary>
    public string? ChatTemplateOrigin { get; init; }

    /// <summary>Texts of tokens that the template finds by name, such as <c>bos_token</c>.</summary>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Ids that end a completion.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>
    /// What the chat template puts behind an assistant's answer, up to the token that ends the turn, such as <c>&lt;|im_end|&gt;</c>;
    /// <see langword="null"/> where it has no such token.
    /// </summary>
    public string? TurnEnd { get; init; }

    /// <summary>Every token with its id; an added one that is in the vocabulary comes twice.</summary>
    public IEnumerable<(string Token, int Id)> Tokens =>
        Vocabulary.Select(pair => (pair.Key, pair.Value)).Concat(AddedTokens.Select(t => (t.Content, t.Id)));

    /// <summary>The id of a token; <see langword="null"/> where there is none.</summary>
    public int? Find(string token) => Vocabulary.TryGetValue(token, out int id)
        ? id
        : AddedTokens.FirstOrDefault(t => string.Equals(t.Content, token, StringComparison.Ordinal))?.Id;

    /// <summary>The text of a token that is there.</summary>
    public string Content(int id) => AddedTokens.FirstOrDefault(t => t.Id == id)?.Content ?? Vocabulary.First(t => t.Value == id).Key;

    /// <summary>The chat template, read.</summary>
    /// <exception cref="InputException">There is none, it is not sound, or it needs what is not supported.</exception>
    public ChatTemplate ReadChatTemplate() => ChatTemplate is null
        ? throw Error("the model has no chat template; use a model made for chats, or ask in plain text (in a recipe task.chat: false)")
        : Templates.ChatTemplate.Parse(ChatTemplateOrigin ?? Origin, ChatTemplate, SpecialTokens);

    /// <summary>The definition with a chat template, where there is one.</summary>
    /// <param name="template">The template, or <see langword="null"/>.</param>
    /// <param name="origin">The file that holds it.</param>
    public TokenizerDefinition WithTemplate(string? template, string origin) =>
        template is null ? this : this with { ChatTemplate = template, ChatTemplateOrigin = origin };

    /// <summary>Whether a token steers the model, so that data which has its text written out must not be read as it.</summary>
    public bool IsControl(AddedToken token) =>
        token.Special || StopTokens.Contains(token.Id) || SpecialTokens.Values.Contains(token.Content, StringComparer.Ordinal);

    /// <summary>
    /// The definition with the way in which the chat template ends an assistant's turn: a turn with an answer is rendered, and the added
    /// token that comes next, white space aside, is its end and among the stop tokens.
    /// </summary>
    public TokenizerDefinition WithChatStop()
    {
        string behind = BehindAnswer();
        (int id, int start, int length) = new AddedTokenMatcher(AddedTokens).Find(behind);
        return id >= 0 && string.IsNullOrWhiteSpace(behind[..start])
            ? this with { StopTokens = [.. StopTokens.Append(id).Distinct()], TurnEnd = behind[..(start + length)] }
            : this with { TurnEnd = null };
    }

    /// <summary>What a chat that ends with an assistant's answer has behind it; nothing where no chat can be rendered.</summary>
    private string BehindAnswer()
    {
        const string Answer = "The answer.";
        try
        {
            ChatPrompt chat = new([new ChatMessage("user", "The question."), new ChatMessage("assistant", Answer)]);
            string text = ReadChatTemplate().Render(chat, openAssistant: false);
            int answer = text.LastIndexOf(Answer, StringComparison.Ordinal);
            return answer < 0 ? "" : text[(answer + Answer.Length)..];
        }
        catch (InputException)
        {
            // Who asks for a chat is told why.
            return "";
        }
    }

    public InputException Error(string problem) => new($"{Origin}: {problem}.");
}
