def write_pdf(report):
    raise NotImplementedError
