using System.Collections.Frozen;

namespace Stepwise.Answers.Mathematics;

/// <summary>The spellings of signs, commands and words, each with the one that stands for all.</summary>
internal static class Notation
{
    /// <summary>Characters and what they are read as.</summary>
    public static readonly FrozenDictionary<char, string> Characters = Pairs(
        "− - – - — - ‐ - ‑ - ﹣ - × * · * ∙ * ⋅ * ∗ * ⨯ * ÷ / ∕ / ⁄ / ≤ <= ⩽ <= ≦ <= ≥ >= ⩾ >= ≧ >= ≠ != ≈ ~= ≃ ~= ≅ ~= ∶ : ： : ， , 、 , ； ; （ ( ） ) 【 "
            + "[ 】 ] ｛ { ｝ } ［ [ ］ ] "
        + "± \\pm ∓ \\mp √ \\sqrt ∛ \\cbrt ∞ \\infty π \\pi θ \\theta α \\alpha β \\beta γ \\gamma λ \\lambda μ \\mu φ \\phi ϕ \\phi ω \\omega "
        + "Ω \\Omega Δ \\Delta ρ \\rho σ \\sigma τ \\tau ε \\epsilon η \\eta ξ \\xi ∪ \\cup ⋃ \\cup ∩ \\cap ∅ \\emptyset ⌀ \\emptyset ∈ \\in ∖ "
        + "\\setminus ⌊ \\lfloor ⌋ \\rfloor "
        + "⌈ \\lceil ⌉ \\rceil ⟨ \\langle ⟩ \\rangle 〈 \\langle 〉 \\rangle ∣ | ｜ | ‖ | ∨ \\lor ∧ \\land → \\to ⇒ \\to ° \\degree º \\degree ′ ' ’ ' ″ "
        + "'' … \\dots ⋯ \\dots "
        + "½ \\frac{1}{2} ⅓ \\frac{1}{3} ⅔ \\frac{2}{3} ¼ \\frac{1}{4} ¾ \\frac{3}{4} ⅕ \\frac{1}{5} ⅖ \\frac{2}{5} ⅗ \\frac{3}{5} ⅘ \\frac{4}{5} ⅙ "
        + "\\frac{1}{6} ⅚ \\frac{5}{6} ⅛ \\frac{1}{8} ⅜ \\frac{3}{8} ⅝ \\frac{5}{8} ⅞ \\frac{7}{8} "
        + "ℝ \\mathbb{R} ℤ \\mathbb{Z} ℕ \\mathbb{N} ℚ \\mathbb{Q} ℂ \\mathbb{C} € $ £ $ “ \" ” \" ＋ + ＝ = ％ % 。 . ｡ . ． .")
        .ToFrozenDictionary(pair => pair.Key[0], pair => pair.Value);

    /// <summary>Raised characters and what they are.</summary>
    public static readonly FrozenDictionary<char, char> Superscripts = "⁰0¹1²2³3⁴4⁵5⁶6⁷7⁸8⁹9⁺+⁻-⁽(⁾)ⁿnⁱi".Chunk(2).ToFrozenDictionary(p => p[0], p => p[1]);

    /// <summary>Lowered characters and what they are.</summary>
    public static readonly FrozenDictionary<char, char> Subscripts = "₀0₁1₂2₃3₄4₅5₆6₇7₈8₉9₊+₋-₍(₎)".Chunk(2).ToFrozenDictionary(p => p[0], p => p[1]);

    /// <summary>LaTeX commands that are signs.</summary>
    public static readonly FrozenDictionary<string, string> Signs = Pairs(
        "times * cdot * ast * div / le <= leq <= leqslant <= ge >= geq >= geqslant >= lt < gt > ne != neq != approx ~= simeq ~= sim ~ cong ~= equiv = "
            + "pm ± mp ∓ "
        + "cup ∪ bigcup ∪ cap ∩ bigcap ∩ in ∈ setminus ∖ backslash ∖ emptyset ∅ varnothing ∅ lfloor ⌊ rfloor ⌋ lceil ⌈ rceil ⌉ langle ⟨ rangle ⟩ "
        + "lvert |( rvert |) vert | mid | lVert |( rVert |) Vert | "
        + "lbrace {( rbrace )} lbrack [ rbrack ] colon : to → rightarrow → longrightarrow → Rightarrow ⇒ implies ⇒ iff ⇒ Leftrightarrow ⇒ dots … "
        + "ldots … cdots … dotsc … dotsb … "
        + "degree ° circ ° lor or vee or land and wedge and prime ' infty ∞ choose choose colonequals = coloneqq = quad , qquad , And and newline "
        + "\\\\ over over")
        .ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>LaTeX commands that only set the type.</summary>
    public static readonly FrozenSet<string> Typesetting = Words(
        "displaystyle textstyle scriptstyle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr limits nolimits nobreak allowbreak hfill "
            + "phantom rm bf it sf tt "
        + "small large Large normalsize centering middle thinspace medspace thickspace enspace enskip negthinspace angle mathstrut");

    /// <summary>LaTeX commands whose argument is text.</summary>
    public static readonly FrozenSet<string> Texts = Words("text textbf textit textrm texttt textsf textnormal textup mbox hbox emph underline textsc");

    /// <summary>LaTeX commands whose argument is mathematics in another face.</summary>
    public static readonly FrozenSet<string> Faces = Words(
        "mathrm mathbf mathit mathsf mathtt mathcal mathfrak mathscr boldsymbol bm pmb operatorname boxed fbox ensuremath mathop mathord vec overrightarrow");

    /// <summary>LaTeX commands that make a letter another one.</summary>
    public static readonly FrozenSet<string> Accents = Words("hat bar tilde dot ddot widehat widetilde check breve");

    /// <summary>LaTeX commands with a meaning that is not read; what is in none of these lists is no command.</summary>
    public static readonly FrozenSet<string> Unread = Words(
        "sum prod int iint iiint oint lim limsup liminf sup inf max min gcd lcm det dim ker arg deg hom Pr Re Im partial nabla perp "
        + "parallel neg lnot subset subseteq supset supseteq notin ni exists forall vdots ddots bmod mod pmod stackrel overset underset "
        + "underbrace overbrace substack xrightarrow xleftarrow triangle square cong not propto cdotp bullet star oplus otimes odot dagger "
        + "aleph top bot models vdash mapsto leftarrow leftrightarrow uparrow downarrow hline cline multicolumn rule color textcolor tag "
        + "label ref cancel sqcup mho because therefore checkmark diamond sphericalangle measuredangle coth sech csch");

    /// <summary>Greek letters.</summary>
    public static readonly FrozenSet<string> Letters = Words(
        "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho varrho sigma tau upsilon phi varphi chi psi omega "
        + "Gamma Delta Theta Lambda Xi Sigma Upsilon Phi Psi Omega ell hbar");

    /// <summary>Names of functions, in LaTeX and in plain text.</summary>
    public static readonly FrozenDictionary<string, Function> Functions = new Dictionary<string, Function>(StringComparer.Ordinal)
    {
        ["sin"] = Function.Sin,
        ["cos"] = Function.Cos,
        ["tan"] = Function.Tan,
        ["tg"] = Function.Tan,
        ["cot"] = Function.Cot,
        ["ctg"] = Function.Cot,
        ["sec"] = Function.Sec,
        ["csc"] = Function.Csc,
        ["cosec"] = Function.Csc,
        ["arcsin"] = Function.Arcsin,
        ["asin"] = Function.Arcsin,
        ["arccos"] = Function.Arccos,
        ["acos"] = Function.Arccos,
        ["arctan"] = Function.Arctan,
        ["atan"] = Function.Arctan,
        ["arctg"] = Function.Arctan,
        ["sinh"] = Function.Sinh,
        ["cosh"] = Function.Cosh,
        ["tanh"] = Function.Tanh,
        ["exp"] = Function.Exp,
        ["ln"] = Function.Log,
        ["log"] = Function.Log,
        ["lg"] = Function.Log,
        ["abs"] = Function.Abs,
        ["floor"] = Function.Floor,
        ["ceil"] = Function.Ceiling,
        ["ceiling"] = Function.Ceiling,
        ["factorial"] = Function.Factorial,
        ["binomial"] = Function.Binomial,
        ["binom"] = Function.Binomial,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Plain words that stand for a sign, a letter or a command.</summary>
    public static readonly FrozenDictionary<string, string> PlainWords = Pairs(
        "sqrt \\sqrt cbrt \\cbrt pi \\pi Pi \\pi PI \\pi infinity \\infty Infinity \\infty inf \\infty infty \\infty oo \\infty theta \\theta alpha "
            + "\\alpha beta \\beta gamma \\gamma lambda \\lambda "
        + "phi \\phi omega \\omega sigma \\sigma mu \\mu union \\cup cup \\cup intersect \\cap and \\And or \\lor minus - negative - plus + times * "
        + "squared ^2 cubed ^3 frac \\frac dfrac \\frac leq \\le geq \\ge pm \\pm")
        .ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Whether a LaTeX command is a fraction.</summary>
    public static bool IsFraction(string name) => name is "frac" or "dfrac" or "tfrac" or "cfrac";

    private static IEnumerable<KeyValuePair<string, string>> Pairs(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Chunk(2).Select(pair => KeyValuePair.Create(pair[0], pair[1]));

    private static FrozenSet<string> Words(string text) => text.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
